// The backtest form: parameters and preview follow the choices, without a reload.

const form = document.querySelector("[data-backtest-form]");
const PAUSE_MS = 300;

// What is chosen now; fields of another strategy's parameters are simply not read.
function chosen() {
  const values = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrfmiddlewaretoken" && typeof value === "string")
      values.set(name, value);
  }
  return values;
}

async function fetchInto(box, url) {
  const answer = await fetch(`${url}?${chosen()}`);
  if (answer.ok) box.innerHTML = await answer.text();
}

function start() {
  const parameters = form.querySelector("[data-parameters]");
  const preview = document.querySelector("[data-preview]");
  let timer;
  const renew = () => {
    clearTimeout(timer);
    timer = setTimeout(() => fetchInto(preview, preview.dataset.preview), PAUSE_MS);
  };
  form.addEventListener("change", async ({ target }) => {
    if (target.name === "strategy")
      await fetchInto(parameters, parameters.dataset.parameters);
    if (["series", "start_at", "end_at", "strategy"].includes(target.name)) renew();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
  });
}

if (form) start();
