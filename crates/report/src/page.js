"use strict";
// Each list can be searched and sorted. Without this the page is the same, in its own order.
for (const table of document.querySelectorAll("table[data-tools]")) {
  const tools = document.getElementById(table.dataset.tools);
  const body = table.tBodies[0];
  const search = tools.querySelector("input");
  const choice = tools.querySelector("select");
  const told = tools.querySelector("output");
  let rows = Array.from(body.rows);
  const texts = new Map();
  const textOf = (row) => {
    let text = texts.get(row);
    if (text === undefined) {
      text = row.textContent.toLowerCase();
      texts.set(row, text);
    }
    return text;
  };
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = choice ? choice.value : "";
    let shown = 0;
    for (const row of rows) {
      const fits = (!only || row.cells[1].textContent === only) && words.every((word) => textOf(row).includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      if (fits) shown += 1;
    }
    told.textContent = shown.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " shown";
  };
  const keyOf = (cell) => {
    const data = cell.querySelector("data");
    return data ? Number(data.value) : cell.textContent.toLowerCase();
  };
  const compare = (one, other) => {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (one === "" || other === "") return one === other ? 0 : one === "" ? 1 : -1;
    return one < other ? -1 : one > other ? 1 : 0;
  };
  const heads = Array.from(table.tHead.rows[0].cells).filter((head) => !("unsorted" in head.dataset));
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const first = head.dataset.first || "ascending";
      const now = head.getAttribute("aria-sort");
      const next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", next);
      const sign = next === "ascending" ? 1 : -1;
      const keyed = rows.map((row) => [keyOf(row.cells[head.cellIndex]), row]);
      keyed.sort((one, other) => {
        const empty = (one[0] === "") - (other[0] === "");
        return empty || sign * compare(one[0], other[0]);
      });
      rows = keyed.map((pair) => pair[1]);
      const sorted = document.createDocumentFragment();
      for (const row of rows) sorted.append(row);
      body.append(sorted);
    });
  }
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 80);
  });
  if (choice) choice.addEventListener("change", show);
  tools.hidden = false;
  show();
}
