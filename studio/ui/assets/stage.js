// The stage: comparing with the input, dismissing a message, showing a picture of the strip at once; the line above it says
// from the press on that something happens, since many files take a while to be read.

/** @type {Record<string, (hit: HTMLElement) => void>} */
const ON_CLICK = {
  ".generate:not([disabled])": (button) => {
    const words = button.closest(".run")?.querySelector(".progress b");
    if (words) words.textContent = "Reading what is asked for";
  },
  ".dismiss": (button) => button.closest(".problem")?.remove(),
  ".compare": (button) => {
    const isOn = button.closest(".stage")?.classList.toggle("is-comparing") ?? false;
    button.setAttribute("aria-pressed", String(isOn));
  },
  ".strip .thumb": (thumb) => {
    for (const each of thumb.parentElement?.querySelectorAll(".thumb") ?? []) {
      each.classList.toggle("is-on", each === thumb);
      each.setAttribute("aria-pressed", String(each === thumb));
    }
  },
};

/** Where there are several pictures, one link loads them all. @param {Element} outcome */
function linkArchive(outcome) {
  const strip = /** @type {HTMLElement | null} */ (outcome.querySelector(".strip[data-jobs]"));
  const link = outcome.querySelector("a.zip");
  if (!strip || !link) return;
  const isWanted = Boolean(strip.dataset.jobs) && strip.querySelectorAll(".thumb").length > 1;
  const address = isWanted ? `page/pictures.zip?jobs=${encodeURIComponent(strip.dataset.jobs ?? "")}` : "#";
  if (link.getAttribute("href") !== address) link.setAttribute("href", address);
  link.setAttribute("aria-disabled", String(!isWanted));
}

/** The link under the stage is the picture on it. */
function linkDownloads() {
  for (const outcome of document.querySelectorAll("#studio .outcome")) {
    linkArchive(outcome);
    const picture = /** @type {HTMLImageElement | null} */ (outcome.querySelector(".stage .after[data-path]"));
    const link = outcome.querySelector("a.download");
    if (!link) continue;
    const address = picture?.getAttribute("src") ?? "#";
    if (link.getAttribute("href") === address) continue;
    link.setAttribute("href", address);
    link.setAttribute("aria-disabled", String(!picture));
    link.setAttribute("download", picture?.dataset.path?.split(/[\\/]/).pop() ?? "");
  }
}

export function start() {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest('a.download[aria-disabled="true"]')) event.preventDefault();
    for (const [selector, act] of Object.entries(ON_CLICK)) {
      const hit = event.target.closest(selector);
      if (hit instanceof HTMLElement) act(hit);
    }
  });
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLInputElement) || !event.target.matches(".cutter")) return;
    event.target.parentElement?.style.setProperty("--cut", `${event.target.value}%`);
  });
}

export const redrawn = linkDownloads;
