// A sentence as the voice would say it, before it counts: heard in place, by the same request that the form sends.
"use strict";
let heardLast = null;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-hear]");
  if (!button) return;
  event.preventDefault();
  const place = button.closest("[data-hearing]"), state = place.querySelector("[data-state]");
  const sent = new URLSearchParams(new FormData(button.form));
  if (button.name) sent.set(button.name, button.value);
  state.textContent = "正在念……";
  let answer;
  try {
    answer = await fetch(button.formAction, { method: "POST", body: sent, headers: { "HX-Request": "true" } });
  } catch {
    state.textContent = "没有连上，请再试。";
    return;
  }
  if (!answer.ok) {
    state.textContent = new DOMParser().parseFromString(await answer.text(), "text/html").body.textContent.trim();
    return;
  }
  state.textContent = "";
  const heard = place.querySelector("[data-heard]");
  if (heardLast) URL.revokeObjectURL(heardLast);
  heardLast = URL.createObjectURL(await answer.blob());
  heard.src = heardLast;
  heard.hidden = false;
  heard.play().catch(() => {});
});
