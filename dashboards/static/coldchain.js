// What the pages do beyond HTML: say when they are old, refresh when the event stream does not come through,
// and never pull a form away from somebody who is filling it in, nor forget what they chose.
"use strict";

(() => {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const old = document.getElementById("old");
  const OLD_MS = 35000; // three beats of the stream and a little
  let heardAt = Date.now();

  const heard = () => {
    heardAt = Date.now();
    old.hidden = true;
  };

  // What was chosen in a piece that is about to be replaced, by the form that it belongs to.
  let chosen = new Map();
  const selects = (piece) => [...piece.querySelectorAll("form select")];
  const keyOf = (select) => `${select.form.action} ${select.name}`;
  const isBusy = (piece) => {
    const busy = document.activeElement;
    if (piece.querySelector("button:active")) return true;
    return Boolean(busy && busy.matches("select, input, textarea") && piece.contains(busy));
  };

  document.body.addEventListener("htmx:sseOpen", heard);
  document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
    heard();
    if (isBusy(event.target)) event.preventDefault();
    chosen = new Map(selects(event.target).map((select) => [keyOf(select), select.value]));
  });
  document.body.addEventListener("htmx:sseMessage", (event) => {
    heard();
    for (const select of selects(event.target)) select.value = chosen.get(keyOf(select)) ?? select.value;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) heard();
  });

  setInterval(() => {
    if (Date.now() - heardAt < OLD_MS) return;
    old.hidden = false;
    const board = document.getElementById("board");
    if (board && !document.hidden) htmx.trigger(board, "refresh");
  }, 10000);
})();

// `coldchain demo` opens /login#name:password: a fragment never leaves the browser, and nothing is typed.
(() => {
  const form = document.querySelector("form[action='/login']");
  const [name, password] = decodeURIComponent(location.hash.slice(1)).split(":");
  if (!form || !password) return;
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.name.value = name;
  form.elements.password.value = password;
  form.requestSubmit();
})();
