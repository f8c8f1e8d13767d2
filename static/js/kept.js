/* What was in a form that was sent after the session had ended stands there again after signing in: kept in this tab
   alone, put back for the same person alone, and forgotten with the first page that opens without a new sign-in. */
"use strict";
(() => {
  const KEY = "kla-sent";
  const write = (sent) => {
    try {
      sent ? sessionStorage.setItem(KEY, JSON.stringify(sent)) : sessionStorage.removeItem(KEY);
    } catch {} // a browser that keeps nothing, or a text beyond its room
  };
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  };
  const { person } = document.body.dataset;
  const typed = (field) => field.name && !field.disabled && !/^(hidden|password|file|submit|button|image|reset|fieldset)$/.test(field.type);
  const place = (form) => new URL(form.action, location.href).pathname;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!person || event.defaultPrevented || form.method !== "post") return;
    const fields = [...form.elements].filter(typed).map((field) => [field.name, /^(checkbox|radio)$/.test(field.type) ? field.checked : null, field.value]);
    if (fields.length) write({ person, place: place(form), fields });
  });

  const put = (form, fields) => {
    const left = [...fields];
    for (const field of [...form.elements].filter(typed)) {
      const ticks = /^(checkbox|radio)$/.test(field.type);
      const at = left.findIndex(([name, , value]) => name === field.name && (!ticks || value === field.value));
      if (at < 0) continue;
      const [[, checked, value]] = left.splice(at, 1);
      if (ticks) field.checked = checked;
      else field.value = value;
    }
    const notice = Object.assign(document.createElement("p"), {
      className: "alert alert-info",
      tabIndex: -1,
      textContent: "Sesi Anda sempat berakhir dan isian ini belum tersimpan. Isian terakhir Anda dipasang lagi di bawah; periksa, lalu kirim lagi. Berkas perlu dipilih ulang.",
    });
    notice.setAttribute("role", "status");
    form.prepend(notice);
    for (let above = form.parentElement?.closest("details"); above; above = above.parentElement?.closest("details")) above.open = true;
    notice.focus();
    form.dataset.dirty = "yes";
  };

  /* A message that is being written, <textarea data-draft="about what">, stays in this tab until it is sent. */
  const shelf = (field) => `kla-draft:${person}:${field.dataset.draft}`;
  const drafts = (within) => [...within.querySelectorAll("textarea[data-draft]")];
  const bring = () =>
    drafts(document).forEach((field) => {
      try {
        const text = sessionStorage.getItem(shelf(field));
        if (!text || field.value) return;
        field.value = text;
        const fold = field.closest("details");
        if (fold) fold.open = true;
      } catch {}
    });
  const forget = (form) => drafts(form).forEach((field) => sessionStorage.removeItem(shelf(field)));
  if (person) {
    document.addEventListener("input", (event) => {
      if (!event.target.dataset?.draft) return;
      try {
        sessionStorage.setItem(shelf(event.target), event.target.value);
      } catch {}
    });
    document.addEventListener("htmx:afterRequest", ({ detail }) => {
      const form = detail.requestConfig.elt; // gone from the page by now: its answer stands there
      if (detail.successful && form.matches("form")) forget(form);
    });
    document.addEventListener("htmx:afterSettle", bring);
    bring();
  }

  const sent = read();
  if (!sent) return;
  if (document.querySelector("[data-lost]")) return write({ ...sent, lost: true });
  if (!person) return; // still on the way in
  if (!sent.lost || sent.person !== person) return write(null);
  const form = [...document.forms].find((each) => each.method === "post" && place(each) === sent.place);
  if (!form) return;
  write(null);
  put(form, sent.fields);
})();
