// What pages need besides htmx. Nothing here decides anything: the server does.
"use strict";
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});
