// A text area as an editor with line numbers, colours and what is wrong at its line. The text area stays what the form
// sends; without this script it is the editor. What is wrong stands in the page (data-line), put there by the server.
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, highlightActiveLine, drawSelection } from "@codemirror/view";
import { StreamLanguage, syntaxHighlighting, defaultHighlightStyle, bracketMatching } from "@codemirror/language";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { lintGutter, setDiagnostics, lintKeymap } from "@codemirror/lint";
import { toml } from "@codemirror/legacy-modes/mode/toml";

const nonce = document.querySelector('meta[name="csp-nonce"]').content;
for (const area of document.querySelectorAll("textarea[data-editor]")) {
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), lintGutter(),
        StreamLanguage.define(toml), syntaxHighlighting(defaultHighlightStyle), EditorView.lineWrapping,
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({ "aria-label": area.dataset.editor, spellcheck: "false", tabindex: "0" }),
        EditorState.readOnly.of(area.readOnly),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = view.state.doc.toString();
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    }),
  });
  area.after(view.dom);
  area.hidden = true;
  const mark = () => {
    const lines = view.state.doc.lines;
    const found = [...document.querySelectorAll("[data-line]")].map((one) => {
      const line = view.state.doc.line(Math.min(lines, Math.max(1, Number(one.dataset.line))));
      return { from: line.from, to: line.to, severity: one.dataset.severity, message: one.textContent.trim() };
    });
    view.dispatch(setDiagnostics(view.state, found));
  };
  mark();
  document.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-goto]");
    if (!at) return;
    event.preventDefault();
    const line = view.state.doc.line(Math.min(view.state.doc.lines, Number(at.dataset.goto)));
    view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    view.focus();
  });
}
