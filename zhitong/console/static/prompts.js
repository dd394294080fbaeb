// Recording a sentence. What is recorded goes into the file field as a WAV: the form is the one for an upload.
"use strict";
const recording = document.getElementById("recording");
if (recording) {
  const button = recording.querySelector("[data-record]"), state = recording.querySelector("[data-state]");
  const level = recording.querySelector("[data-level]"), heard = recording.querySelector("[data-heard]");
  const file = recording.querySelector("input[type=file]");
  let stop = null;

  const show = () => {
    if (heard.src) URL.revokeObjectURL(heard.src);
    heard.hidden = !file.files.length;
    if (file.files.length) heard.src = URL.createObjectURL(file.files[0]);
  };
  file.addEventListener("change", show);

  const start = async () => {
    const context = new AudioContext();
    let microphone;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, autoGainControl: false } });
    } catch {
      context.close();
      state.textContent = "用不了麦克风：请在浏览器里允许，或者上传文件。";
      return;
    }
    await context.audioWorklet.addModule(recording.dataset.worklet);
    const source = context.createMediaStreamSource(microphone), tap = new AudioWorkletNode(context, "recorder");
    const parts = [];
    tap.port.onmessage = (event) => {
      parts.push(event.data);
      level.value = event.data.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    };
    source.connect(tap);
    const done = () => {
      clearTimeout(limit);
      stop = null;
      source.disconnect();
      microphone.getTracks().forEach((track) => track.stop());
      button.setAttribute("aria-pressed", "false");
      button.textContent = "● 重录";
      level.hidden = true;
      const chosen = new DataTransfer();
      chosen.items.add(new File([wave(parts, context.sampleRate)], "录音.wav", { type: "audio/wav" }));
      context.close();
      file.files = chosen.files;
      show();
      state.textContent = "录好了，请先听一遍。";
    };
    const limit = setTimeout(done, 1000 * Number(recording.dataset.longest));
    stop = done;
    button.setAttribute("aria-pressed", "true");
    button.textContent = "■ 念完了";
    level.hidden = false;
    state.textContent = "正在录，请念……";
  };

  if (navigator.mediaDevices && window.AudioWorkletNode) {
    button.hidden = false;
    button.addEventListener("click", () => (stop ? stop() : start()));
  } else {
    state.textContent = "浏览器只在 https 的网页里让用麦克风；请用手机或电脑录好，上传 WAV。";
  }
}

// Mono, 16 bit.
function wave(parts, rate) {
  const samples = parts.reduce((sum, one) => sum + one.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * samples));
  const name = (at, text) => [...text].forEach((sign, i) => view.setUint8(at + i, sign.charCodeAt(0)));
  name(0, "RIFF"); view.setUint32(4, 36 + 2 * samples, true); name(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true);
  view.setUint16(34, 16, true); name(36, "data"); view.setUint32(40, 2 * samples, true);
  let at = 44;
  for (const part of parts) for (const one of part) { view.setInt16(at, 32767 * Math.max(-1, Math.min(1, one)), true); at += 2; }
  return view;
}
