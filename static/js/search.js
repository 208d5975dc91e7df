// Ctrl K or the header's button: find a page, a record, or the form of a verb.

const dialog = document.querySelector("[data-search-dialog]");

if (dialog) {
  const input = dialog.querySelector("input");
  const links = () => [...dialog.querySelectorAll("a")];

  const open = () => {
    dialog.showModal();
    input.select();
    input.dispatchEvent(new CustomEvent("search-opened"));
  };

  // From the input (-1) over the results and back.
  const move = (step) => {
    const all = links();
    const place = all.indexOf(document.activeElement) + step;
    (all[Math.min(place, all.length - 1)] ?? input).focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!dialog.open) open();
    }
  });

  document.querySelector("[data-search]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });

  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      links()[0]?.click();
    }
  });

  // A click beside the dialog is a click on its backdrop.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
