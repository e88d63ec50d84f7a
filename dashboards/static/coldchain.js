// What the pages do beyond HTML: say when they are old, refresh when the event stream does not come through,
// and never pull a form away from somebody who is filling it in.
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

  document.body.addEventListener("htmx:sseOpen", heard);
  document.body.addEventListener("htmx:sseMessage", heard);
  document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
    heard();
    const busy = document.activeElement;
    if (busy && busy.matches("select, input, textarea") && event.target.contains(busy)) event.preventDefault();
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
