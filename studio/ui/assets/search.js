// The search of the Settings tab: what does not hold the words is left out.

/** @param {string} text */
export function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("#studio .settings-section")) {
    const title = section.querySelector("h2")?.textContent?.toLowerCase() ?? "";
    let isEmpty = true;
    for (const line of section.querySelectorAll(".setting")) {
      const content = `${title} ${line.id} ${line.textContent?.toLowerCase()}`;
      const fits = words.every((word) => content.includes(word));
      line.classList.toggle("is-left-out", !fits);
      if (fits) isEmpty = false;
    }
    section.classList.toggle("is-left-out", isEmpty);
  }
}
