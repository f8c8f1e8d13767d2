/* Portal KLA: small comforts. Every page and form works without this file. */
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const SENTENCES = {
    0: "Belum tersimpan. Periksa jaringan, lalu coba lagi.",
    403: "Tindakan ini tidak diizinkan untuk peran Anda.",
    404: "Yang Anda cari tidak ditemukan. Muat ulang halaman ini.",
    413: "Berkas terlalu besar. Perkecil atau bagi berkasnya, lalu unggah lagi.",
    429: "Terlalu banyak permintaan. Tunggu sebentar, lalu coba lagi.",
    503: "Layanan sedang sibuk. Isian Anda masih ada di layar; coba lagi sebentar lagi.",
  };
  const BROKEN = "Terjadi gangguan dan belum tersimpan. Isian Anda masih ada di layar; coba lagi sebentar lagi.";

  /* --- toasts: a polite live region; losses stay until closed -------------------------------------------------- */
  const closable = (line) => {
    if (line.querySelector(".toast-close")) return;
    const close = make("button", "toast-close", "×");
    close.type = "button";
    close.setAttribute("aria-label", "Tutup pesan");
    close.addEventListener("click", () => line.remove());
    line.append(close);
  };
  const toast = (text, tone = "info") => {
    const stack = document.getElementById("toast-stack");
    if (!stack || !text) return;
    const line = make("div", `toast-line toast-${tone}`);
    line.append(make("span", "toast-text", text));
    closable(line);
    stack.append(line);
    if (tone !== "loss") {
      const leave = () => (line.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : line.remove());
      setTimeout(leave, 8000);
    }
  };
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));

  /* --- after a swap and at the start ---------------------------------------------------------------------------- */
  const focusErrors = (root) => root.querySelector("[data-error-summary]")?.focus();
  const wake = (root) => {
    all("[data-toast]", root).forEach(closable);
    tick();
  };

  /* --- countdown: by the server's clock, wherever this device's clock stands -------------------------------------- */
  const left = (milliseconds) => {
    const minutes = Math.floor(milliseconds / 60000);
    if (minutes < 1) return "kurang dari 1 menit lagi";
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    if (days) return `${days} hari${hours ? ` ${hours} jam` : ""} lagi`;
    return hours ? `${hours} jam${minutes % 60 ? ` ${minutes % 60} menit` : ""} lagi` : `${minutes} menit lagi`;
  };
  function tick() {
    all("[data-until]").forEach((element) => {
      element.skew ??= Date.parse(element.dataset.now) - Date.now();
      const rest = Date.parse(element.dataset.until) - Date.now() - element.skew;
      const words = rest > 0 ? left(rest) : "sudah lewat";
      const place = element.querySelector(".countdown-left");
      if (place && place.textContent !== words) place.textContent = words;
      element.dataset.state = rest <= 0 ? "over" : rest < 3 * 86400000 ? "soon" : "open";
    });
  }
  setInterval(tick, 20000);

  /* --- typed text is never lost silently ---------------------------------------------------------------------------- */
  const guarded = (form) =>
    form?.matches("form") && form.method === "post" && form.dataset.guard !== "off" && (form.dataset.guard || form.querySelector("textarea"));
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (guarded(form)) form.dataset.dirty = "yes";
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-dirty]")) event.preventDefault();
  });

  /* --- ask before a step: <form data-confirm="What will happen" data-confirm-title data-confirm-label> -------------------- */
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const words = event.submitter?.dataset.confirm || form.dataset.confirm;
      if (!words || form.dataset.asked || !window.HTMLDialogElement) {
        delete form.dataset.asked;
        if (!event.defaultPrevented && !form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete]")) delete form.dataset.dirty;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      const ask = make("dialog", "ask");
      const title = make("h2", "", form.dataset.confirmTitle || "Lanjutkan?");
      const bar = make("div", "row-line");
      const yes = make("button", "btn btn-primary", form.dataset.confirmLabel || submitter?.textContent.trim() || "Lanjutkan");
      const no = make("button", "btn btn-outline-secondary", "Batal");
      title.id = "ask-title";
      ask.setAttribute("aria-labelledby", title.id);
      yes.type = no.type = "button";
      bar.append(yes, no);
      ask.append(title, make("p", "", words), bar);
      document.body.append(ask);
      ask.addEventListener("close", () => ask.remove());
      no.addEventListener("click", () => ask.close());
      yes.addEventListener("click", () => {
        ask.close();
        form.dataset.asked = "yes";
        form.requestSubmit(submitter);
      });
      ask.showModal();
      no.focus();
    },
    true,
  );

  /* --- saving by htmx: the mark beside the form says where it stands ------------------------------------------------------- */
  const markOf = (element) => element.closest("form, [data-saves]")?.querySelector("[data-saved]") || document.querySelector("[data-saved]");
  const say = (element, state, words) => {
    const mark = markOf(element);
    if (!mark) return null;
    mark.dataset.state = state;
    mark.replaceChildren(words);
    return mark;
  };
  const writes = (event) => event.detail.requestConfig?.verb && event.detail.requestConfig.verb !== "get";
  const clock = (xhr, zone) => {
    const at = new Date(xhr.getResponseHeader("Date") || Date.now());
    const shifted = new Date(at.getTime() + { WIB: 7, WITA: 8, WIT: 9 }[zone || "WIB"] * 3600000);
    return `${shifted.toISOString().slice(11, 16).replace(":", ".")} ${zone || "WIB"}`;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.detail.elt;
    if (!writes(event)) return;
    const form = element.closest("form");
    const mark = markOf(element);
    if (form?.dataset.dirty) form.dataset.dirty = "sent"; // typing on while it is under way makes it dirty again
    if (mark) mark.dataset.state = "sent";
    element.saving = setTimeout(() => say(element, "saving", "Menyimpan…"), 300);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, successful } = event.detail;
    clearTimeout(elt.saving);
    if (!writes(event) || !xhr.status) return;
    const form = elt.closest("form");
    const mark = markOf(elt);
    if (successful && form?.dataset.dirty === "sent") delete form.dataset.dirty;
    if (!mark || (!mark.dataset.state && mark.textContent.trim())) return; // the answer brought a mark of its own
    if (successful) say(elt, "saved", `Tersimpan ${clock(xhr, mark.dataset.zone)}`);
    else say(elt, "failed", "Belum tersimpan.");
  });
  const unsent = (event) => {
    const { elt, requestConfig } = event.detail;
    clearTimeout(elt.saving);
    if (!writes(event)) return toast("Tidak terhubung. Periksa jaringan, lalu coba lagi.", "loss");
    const mark = say(elt, "failed", SENTENCES[0]);
    if (!mark) return toast(SENTENCES[0], "loss");
    const again = make("button", "btn btn-outline-primary btn-sm", "Coba lagi");
    again.type = "button";
    again.addEventListener("click", () => htmx.trigger(elt, requestConfig.triggeringEvent?.type || "submit"));
    mark.append(" ", again);
  };
  document.addEventListener("htmx:sendError", unsent);
  document.addEventListener("htmx:timeout", unsent);
  document.addEventListener("htmx:responseError", (event) => {
    const { elt, xhr } = event.detail;
    clearTimeout(elt.saving);
    const page = new DOMParser().parseFromString(xhr.responseText || "", "text/html");
    const reason = page.querySelector("[data-reason]")?.textContent.trim();
    toast(reason || SENTENCES[xhr.status] || BROKEN, "loss");
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    wake(event.detail.elt);
    if (event.detail.xhr?.status === 422) focusErrors(event.detail.elt.parentElement || document);
  });

  /* --- keys: <button data-key="t">; silent while somebody types, and can be switched off (WCAG 2.1.4) ------------------------- */
  const keysOff = () => localStorage.getItem("kla.keys") === "off";
  const showKeys = () => all("[data-keys-toggle]").forEach((button) => button.setAttribute("aria-pressed", String(!keysOff())));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-toggle]")) {
      localStorage.setItem("kla.keys", keysOff() ? "on" : "off");
      showKeys();
    }
    all("details[data-menu][open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      all("details[data-menu][open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    const typing = event.target.closest?.('textarea, select, [contenteditable], dialog, input:not([type="radio"], [type="checkbox"], [type="button"], [type="submit"])');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || keysOff()) return;
    const target = all(`[data-key="${CSS.escape(event.key)}"]`).find((one) => one.checkVisibility?.() !== false && !one.disabled);
    if (!target) return;
    event.preventDefault();
    target.matches("a, button, input, summary, label") ? target.click() : target.focus();
  });

  wake(document);
  showKeys();
  document.querySelector(".site-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  focusErrors(document);
})();
