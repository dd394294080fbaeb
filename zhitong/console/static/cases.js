// The page of a case: printing, hearing a word, and that a sentence was heard to its end.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const [moment, open] of [["beforeprint", true], ["afterprint", false]]) {
  window.addEventListener(moment, () => {
    for (const part of document.querySelectorAll("[data-print-open]")) part.open = open;
  });
}
for (const word of document.querySelectorAll("[data-second]")) {
  word.addEventListener("click", () => {
    const sound = document.getElementById(word.dataset.sound);
    sound.currentTime = Number(word.dataset.second);
    sound.play();
  });
}
for (const sound of document.querySelectorAll("[data-then]")) {
  const button = document.getElementById(sound.dataset.then).querySelector("button");
  button.disabled = true;
  sound.addEventListener("ended", () => { button.disabled = false; });
  sound.addEventListener("error", () => { button.title = "听不了，请过一会儿再打开这一页"; });
}
