// In the browser's thread for sound: hands on what the microphone gives, 2,048 samples at a time.
class Recorder extends AudioWorkletProcessor {
  constructor() { super(); this.kept = new Float32Array(2048); this.filled = 0; }
  process(inputs) {
    const heard = inputs[0][0];
    if (heard) {
      this.kept.set(heard, this.filled);
      this.filled += heard.length;
      if (this.filled === this.kept.length) { this.port.postMessage(this.kept.slice()); this.filled = 0; }
    }
    return true;
  }
}
registerProcessor("recorder", Recorder);
