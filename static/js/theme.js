// Pages without Alpine: the same theme, read from where Unfold keeps it.
// Runs before the page is painted, so it is a plain script.

(() => {
  let theme = "auto";
  try {
    theme = JSON.parse(localStorage.getItem("adminTheme")) ?? "auto";
  } catch {
    // Storage is switched off: the system's theme will do.
  }
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  if (theme === "dark" || (theme === "auto" && isDark)) {
    document.documentElement.classList.add("dark");
  }
})();
