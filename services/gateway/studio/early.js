// Before anything is drawn, so that a page chosen dark never flashes white.
(() => {
  const theme = localStorage.getItem("popcon.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
