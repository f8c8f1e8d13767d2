/* Portal KLA: the table of a matriks, [data-matrix] in a form. It grows as one types, takes what is copied from a
   spreadsheet, is walked with Enter and the arrows, and is sent as one field, so that 500 rows fit. Needs kla.js. */
"use strict";
(() => {
  const { all, make } = window.kla;
  const box = document.querySelector("[data-matrix]");
  if (!box) return;
  const most = Number(box.dataset.most);
  const table = box.querySelector("table");
  const body = table.tBodies[0];
  const told = box.querySelector("[data-told]");
  const headings = [...table.tHead.rows[0].cells].slice(1, -1);
  const folded = (text) => text.toLowerCase().replace(/[\s\p{P}\p{S}]+/gu, "");
  const labels = headings.map((cell) => folded(cell.firstChild.textContent));
  const cells = (row) => all("[data-cell]", row);
  const rowOf = (cell) => cell.closest("tr");
  const isEmpty = (row) => cells(row).every((cell) => !cell.value.trim());
  const clean = (cell) => ["aria-invalid", "aria-describedby"].forEach((name) => cell.removeAttribute(name));

  /* --- rows ------------------------------------------------------------------------------------------------------ */
  const numberRow = (row, number) => {
    row.cells[0].id = `row-${number}`;
    row.cells[0].textContent = number;
    row.querySelector("[data-number]").textContent = number;
    cells(row).forEach((cell) => {
      if (number > 1 || cell.id !== "id_value") cell.id = `cell-${number}-${cell.dataset.cell}`;
      cell.setAttribute("aria-labelledby", `column-${cell.dataset.cell} row-${number}`);
    });
  };
  const put = (cell, text) => {
    clean(cell);
    if (!(cell instanceof HTMLSelectElement)) {
      cell.value = text;
      return;
    }
    const wanted = text.trim().toLowerCase();
    const known = [...cell.options].find((option) => option.value.toLowerCase() === wanted);
    // What is none of the choices stays to be seen; the server says what is wrong with it.
    cell.value = (known || cell.appendChild(new Option(text, text))).value;
  };
  const addRow = () => {
    if (body.rows.length >= most) return null;
    const row = body.rows[0].cloneNode(true);
    cells(row).forEach((cell) => put(cell, ""));
    numberRow(row, body.rows.length + 1);
    body.append(row);
    return row;
  };
  const addRows = (count) => {
    for (let more = count - body.rows.length; more > 0; more -= 1) addRow();
  };
  const grow = () => isEmpty(body.lastElementChild) || addRow();
  const read = () => [...body.rows].map((row) => cells(row).map((cell) => cell.value));
  const filled = () => {
    const rows = read();
    while (rows.length && rows.at(-1).every((text) => !text.trim())) rows.pop();
    return rows;
  };
  const write = (rows) => {
    while (body.rows.length > Math.max(1, rows.length)) body.lastElementChild.remove();
    addRows(rows.length);
    [...body.rows].forEach((row, place) => cells(row).forEach((cell, at) => put(cell, rows[place]?.[at] ?? "")));
    grow();
  };
  const changed = () => table.dispatchEvent(new Event("input", { bubbles: true }));
  const tell = (words, before) => {
    told.replaceChildren(make("span", "", words));
    if (!before) return;
    const undo = make("button", "btn btn-outline-secondary btn-sm", "Urungkan");
    undo.type = "button";
    undo.addEventListener("click", () => {
      write(before);
      tell("Diurungkan.");
      cells(body.rows[0])[0].focus();
      changed();
    });
    told.append(undo);
  };

  /* --- what a spreadsheet puts on the clipboard: tabs and line breaks, cells with either of them in quotes ---------- */
  const parse = (text) => {
    const rows = [[]];
    let at = 0;
    while (at <= text.length) {
      let cell = "";
      const quoted = text[at] === '"' && /^"(?:[^"]|"")*"(?=\t|\r|\n|$)/.exec(text.slice(at));
      if (quoted) {
        cell = quoted[0].slice(1, -1).replaceAll('""', '"');
        at += quoted[0].length;
      } else {
        const end = text.slice(at).search(/[\t\r\n]/);
        cell = text.slice(at, end < 0 ? text.length : at + end);
        at += cell.length;
      }
      rows.at(-1).push(cell.replace(/\s+/g, " ").trim());
      if (at >= text.length) break;
      if (text[at] === "\t") at += 1;
      else {
        at += text.startsWith("\r\n", at) ? 2 : 1;
        rows.push([]);
      }
    }
    return rows;
  };
  const paste = (cell, text) => {
    const grid = parse(text.replace(/(\r\n|\r|\n)+$/, ""));
    if (grid.length > 1 && grid[0].every((one, place) => one && folded(one) === labels[place])) grid.shift();
    const top = rowOf(cell).sectionRowIndex;
    const left = cells(rowOf(cell)).indexOf(cell);
    const lost = Math.max(...grid.map((row) => row.length)) - (labels.length - left);
    if (lost > 0) return tell(`Tidak ditempelkan: ada ${lost} kolom lebih banyak daripada kolom matriks dari sel ini.`);
    if (top + grid.length > most) return tell(`Tidak ditempelkan: matriks menjadi ${top + grid.length} baris; paling banyak ${most}.`);
    const before = filled();
    addRows(top + grid.length);
    grid.forEach((row, down) => {
      const places = cells(body.rows[top + down]);
      row.forEach((one, right) => put(places[left + right], one));
    });
    grow();
    tell(`${grid.length} baris ditempelkan.`, before);
    cells(body.rows[Math.min(top + grid.length, body.rows.length - 1)])[left].focus();
    changed();
  };

  /* --- hands --------------------------------------------------------------------------------------------------------- */
  body.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-cell]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const several = /[\t\r\n]/.test(text.replace(/(\r\n|\r|\n)+$/, ""));
    if (!cell || !text || (!several && cell instanceof HTMLInputElement)) return; // one cell: the browser's own way
    event.preventDefault();
    paste(cell, text);
  });
  body.addEventListener("input", (event) => {
    if (event.target.matches("[data-cell]")) clean(event.target);
    grow();
  });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("input[data-cell], select[data-cell]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const arrows = cell instanceof HTMLInputElement ? { ArrowDown: 1, ArrowUp: -1 } : {};
    const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : arrows[event.key];
    if (!step) return;
    event.preventDefault();
    const row = body.rows[rowOf(cell).sectionRowIndex + step];
    const next = row && cells(row)[cells(rowOf(cell)).indexOf(cell)];
    next?.focus();
    if (next instanceof HTMLInputElement) next.select();
  });
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-add]")) {
      const row = isEmpty(body.rows[body.rows.length - 1]) ? body.rows[body.rows.length - 1] : addRow();
      if (row) cells(row)[0].focus();
      else tell(`Matriks sudah ${most} baris.`);
    } else if (button?.matches("[data-remove]")) {
      const row = button.closest("tr");
      const place = row.sectionRowIndex;
      const before = filled();
      const had = !isEmpty(row);
      write(read().filter((_, at) => at !== place));
      if (had) tell(`Baris ${place + 1} dihapus.`, before);
      cells(body.rows[Math.min(place, body.rows.length - 1)])[0].focus();
      if (had) changed();
    } else if (button?.matches("[data-clear]")) {
      const before = filled();
      write([]);
      tell("Matriks dikosongkan.", before);
      if (before.length) changed();
    }
  });
  table.closest("form").addEventListener("formdata", (event) => {
    [...event.formData.keys()].filter((name) => name.startsWith("cell-")).forEach((name) => event.formData.delete(name));
    event.formData.set("rows", JSON.stringify(filled()));
  });

  /* --- cells at fault: the slot with the errors names them ------------------------------------------------------------ */
  const slot = () => box.querySelector("#value-error");
  new MutationObserver((changes) => {
    if (!changes.some((change) => [...change.addedNodes].some((node) => node.id === "value-error"))) return;
    const wrong = new Set(slot().firstChild ? slot().dataset.faults.split(" ") : []);
    [...body.rows].forEach((row, place) =>
      cells(row).forEach((cell) => {
        clean(cell);
        if (!wrong.has(`${place + 1}-${cell.dataset.cell}`)) return;
        cell.setAttribute("aria-invalid", "true");
        cell.setAttribute("aria-describedby", "value-error");
      }),
    );
  }).observe(box, { childList: true });

  all("[readonly], [disabled]", body).forEach((cell) => (cell.readOnly = cell.disabled = false));
  const given = box.querySelector("input[name=rows]"); // too many rows to be written into the page cell by cell
  if (given) write(JSON.parse(given.value));
  box.querySelector("[data-add]").type = "button";
  all("[data-remove], [data-add], [data-clear]", box).forEach((button) => (button.hidden = false));
  grow();
})();
