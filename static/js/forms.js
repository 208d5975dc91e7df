// Forms: a list of errors takes the focus; a sent form is not sent twice.

document.querySelector("[data-form-errors]")?.focus();

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    // After the browser has read the form, or the pressed button would be left out.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}

// Back by the browser's own cache: the buttons must work again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] button")) {
    button.disabled = false;
  }
});
