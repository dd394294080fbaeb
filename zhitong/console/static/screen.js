// 大屏: numbers and bars as the server sends them, always in the same elements, so that nothing piles up.
"use strict";
(() => {
  const screen = document.getElementById("screen");
  const lost = document.getElementById("lost");
  const numbers = [...screen.querySelectorAll("[data-told]")].map((one) => [one, ...one.dataset.told.split(".")]);
  const bars = [...screen.querySelectorAll("[data-bars]")];
  const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  const take = (told) => {
    for (const [element, part, key] of numbers) write(element, told[part] ? String(told[part][key]) : "—");
    for (const table of bars) {
      const found = told[table.dataset.bars] || [];
      [...table.tBodies[0].rows].forEach((row, i) => {
        const [name, n] = found[i] || ["", 0];
        row.hidden = !found[i];
        write(row.cells[0], name);
        row.querySelector("rect").setAttribute("width", found[i] ? (100 * n / found[0][1]).toFixed(1) : "0");
        write(row.cells[2], String(n));
      });
    }
  };
  const clock = () => write(document.getElementById("clock"), new Date().toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false }));
  clock();
  setInterval(clock, 1000);

  const listen = () => {
    const source = new EventSource(screen.dataset.live);
    source.addEventListener("screen", (event) => { lost.hidden = true; take(JSON.parse(event.data)); });
    source.addEventListener("left", () => location.reload());
    source.addEventListener("error", () => {
      lost.hidden = false;
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(again, 3000);
    });
  };
  const again = () => fetch(location.href)
    .then((answer) => { if (answer.redirected || answer.status === 403) location.reload(); else listen(); })
    .catch(() => setTimeout(again, 3000));
  listen();
})();
