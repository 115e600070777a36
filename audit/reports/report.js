"use strict";
// Sorts and filters the ranking, opens what an address names, and all for printing; the page is complete without it.
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) {
    named.open = true;
    named.scrollIntoView();
  }
}
addEventListener("hashchange", openNamed);
openNamed();
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
const table = document.getElementById("ranking");
if (table) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const shown = document.getElementById("shown");
  const word = document.getElementById("word");
  const least = document.getElementById("least");
  const fresh = document.getElementById("fresh");
  const severity = { known_bad: 4, malicious: 3, suspicious: 2, review: 1 };
  // A finding that stands above has its words there.
  const words = (row) => row.textContent + (document.getElementById(row.dataset.finding)?.textContent ?? "");
  const text = new Map(rows.map((row) => [row, words(row).toLowerCase()]));
  function filter() {
    let count = 0;
    const wanted = word.value.trim().toLowerCase();
    for (const row of rows) {
      const keep = (!wanted || text.get(row).includes(wanted))
        && severity[row.dataset.verdict] >= Number(least.value)
        && (!fresh.checked || row.dataset.change === "new" || row.dataset.change === "raised");
      row.hidden = !keep;
      count += keep ? 1 : 0;
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  }
  for (const tool of [word, least, fresh]) tool.addEventListener("input", filter);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.sort);
  };
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.sort((a, b) => {
      const x = value(a, column), y = value(b, column);
      return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
    });
    body.append(...rows);
  }));
  filter();
}
