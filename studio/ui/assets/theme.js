// Light or dark: what was chosen last, else what the server was started with, else what the system prefers.

const KEPT = "redraw.theme";

/** @param {boolean} isDark */
function set(isDark) {
  document.body.classList.toggle("dark", isDark);
}

export function start() {
  const kept = localStorage.getItem(KEPT) ?? document.querySelector('meta[name="studio-theme"]')?.getAttribute("content");
  if (kept && !new URLSearchParams(location.search).has("__theme")) set(kept === "dark");
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest(".theme-toggle")) return;
    const isDark = !document.body.classList.contains("dark");
    set(isDark);
    localStorage.setItem(KEPT, isDark ? "dark" : "light");
  });
}
