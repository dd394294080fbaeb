// 值班台: rows of live calls as the server sends them, and how long each state lasts.
"use strict";
(() => {
  const table = document.getElementById("calls");
  const body = table.tBodies[0];
  const ahead = Date.now() - Date.parse(table.dataset.now);
  const show = (id, shown) => { const found = document.getElementById(id); if (found) found.hidden = !shown; };

  const tick = () => {
    for (const one of table.querySelectorAll("time[data-since]")) {
      const seconds = Math.max(0, Math.round((Date.now() - ahead - Date.parse(one.dataset.since)) / 1000));
      one.textContent = seconds < 60 ? `${seconds} 秒` : `${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒`;
    }
  };
  tick();
  setInterval(tick, 1000);
  if (!table.dataset.live) return;

  const row = (id) => [...body.rows].find((one) => one.dataset.call === id);
  const put = ({ id, html }) => {
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    const before = row(id), focused = before && before.contains(document.activeElement);
    const after = made.content.firstElementChild;
    if (before) before.replaceWith(after); else body.prepend(after);
    if (focused) after.querySelector("a").focus();
  };
  let up = document.getElementById("away").hidden;
  const take = (told) => {
    up = told.up;
    if (told.all) { body.replaceChildren(); told.rows.reverse(); }
    for (const id of told.gone || []) row(id)?.remove();
    told.rows.forEach(put);
    const count = document.getElementById("count"), text = `${body.rows.length} 个`;
    if (count.textContent !== text) count.textContent = text;
    show("away", !up);
    show("none", up && !body.rows.length);
    tick();
  };
  const listen = () => {
    const source = new EventSource(table.dataset.live);
    source.addEventListener("calls", (event) => { show("lost", false); take(JSON.parse(event.data)); });
    source.addEventListener("left", () => location.reload());
    source.addEventListener("error", () => {
      show("lost", true);
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(again, 3000);
    });
  };
  // The server refused: perhaps one is not signed in any more. The page itself tells.
  const again = () => fetch(location.href, { method: "GET" })
    .then((answer) => { if (answer.redirected || answer.status === 403) location.reload(); else listen(); })
    .catch(() => setTimeout(again, 3000));
  listen();
})();
