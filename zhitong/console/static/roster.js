// The calendar of duty. Dragging and clicking only fill in the form of a change, which the server proposes and checks.
"use strict";
(() => {
  const place = document.getElementById("calendar");
  if (!place || !window.FullCalendar) return;
  const { of, unit, day, now } = place.dataset;
  const mayChange = "mayChange" in place.dataset;
  const told = document.getElementById("told");
  const panel = document.getElementById("panel");
  // Moments are the county's clock without a zone, whatever that of the browser is.
  const local = (date) => date.toISOString().slice(0, 16);

  function say(text) {
    const line = document.createElement("p");
    line.className = "fault";
    line.textContent = text;
    told.replaceChildren(line);
  }

  function propose(fields) {
    if (!mayChange) return;
    const query = new URLSearchParams({ of, ...fields });
    htmx.ajax("GET", `/roster/change?${query}`, { target: "#panel", swap: "innerHTML" }).then(() => {
      panel.scrollIntoView({ block: "nearest" });
      const empty = [...panel.querySelectorAll("input:not([type=hidden])")].find((input) => !input.value);
      (empty || panel).focus();
    });
  }

  function show(event) {
    const title = document.createElement("h2");
    title.textContent = event.title;
    const words = document.createElement("p");
    const span = (at) => local(at).replace("T", " ");
    words.textContent = `${event.extendedProps.told || ""} ${span(event.start)} 到 ${span(event.end)}`;
    panel.replaceChildren(title, words);
    panel.focus();
  }

  const calendar = new FullCalendar.Calendar(place, {
    locale: "zh-cn",
    timeZone: "UTC",
    now,
    initialDate: day,
    initialView: window.innerWidth < 640 ? "listWeek" : "dayGridMonth",
    headerToolbar: { left: "prev,next today", center: "title", right: "dayGridMonth,timeGridWeek,listWeek" },
    buttonIcons: false, // their icons have no words
    buttonText: { prev: "‹ 前", next: "后 ›", listWeek: "列表" },
    height: "auto",
    stickyHeaderDates: false,
    firstDay: 1,
    nextDayThreshold: "08:30:00",
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    displayEventEnd: true,
    eventContent: ({ event, timeText, view }) => {
      // A day of duty, 08:00 to 08:00, needs no hours in the month.
      const usual = local(event.start).endsWith("T08:00") && (event.end - event.start) % 86400000 === 0;
      const name = document.createElement("b");
      name.textContent = event.title;
      const rest = document.createElement("small");
      rest.textContent = view.type === "dayGridMonth" && usual ? "" : timeText;
      return { domNodes: view.type === "listWeek" ? [name] : [name, document.createTextNode(" "), rest] };
    },
    eventDisplay: "block",
    dayMaxEvents: 8,
    eventInteractive: true,
    eventResizableFromStart: false,
    droppable: mayChange,
    events: (range, done, failed) => {
      const query = new URLSearchParams({ unit, start: local(range.start), end: local(range.end) });
      fetch(`/roster/events?${query}`, { headers: { Accept: "application/json" } })
        .then((answer) => {
          if (!answer.ok || answer.redirected) throw new Error("值班没有读到。请刷新这一页；还不行，请看下面的逐班列表。");
          return answer.json();
        })
        .then(done, (error) => {
          say(error.message);
          failed(error);
        });
    },
    eventDidMount: ({ el, event }) => {
      el.title = event.extendedProps.told ? `${event.title} ${event.extendedProps.told}` : event.title;
    },
    eventClick: ({ event }) => {
      if (mayChange && !event.extendedProps.wrong && event.extendedProps.off) {
        propose({ kind: "override", off: event.extendedProps.off, start: local(event.start), end: local(event.end) });
      } else {
        show(event);
      }
    },
    eventDrop: ({ event, oldEvent, revert }) => {
      const fields = { off: oldEvent.extendedProps.off, start: local(oldEvent.start), end: local(oldEvent.end) };
      const to = local(event.start);
      revert();
      propose({ kind: "swap", ...fields, to });
    },
    eventResize: ({ event, oldEvent, revert }) => {
      const off = oldEvent.extendedProps.off;
      const [before, after] = [oldEvent.end, event.end];
      revert();
      if (after > before) {
        propose({ kind: "override", on: off, start: local(before), end: local(after), to: local(before) });
      } else {
        propose({ kind: "override", off, start: local(after), end: local(before) });
      }
    },
    drop: ({ draggedEl, date, allDay }) => {
      const to = local(date);
      propose({ kind: "override", on: draggedEl.dataset.official, to: allDay ? to.slice(0, 10) : to });
    },
  });
  calendar.render();

  const people = document.getElementById("people");
  if (people && mayChange) {
    new FullCalendar.Draggable(people, { itemSelector: "li", eventData: () => ({ title: "", create: false }) });
  }
})();
