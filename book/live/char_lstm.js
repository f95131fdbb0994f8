// A trained CharLSTM in the browser: read its weights, make one step, draw the next character. No library.

// A matrix that was rounded to whole numbers from -127 to 127, and for each row the scale that undoes it.
class Matrix {
  constructor(numbers, scale) {
    this.numbers = numbers;
    this.scale = scale;
    this.rows = scale.length;
    this.columns = numbers.length / scale.length;
  }

  row(index) {
    const start = index * this.columns;
    return Float64Array.from(this.numbers.subarray(start, start + this.columns), (number) => number * this.scale[index]);
  }

  // One row times a vector.
  times(index, vector) {
    const start = index * this.columns;
    let sum = 0;
    for (let column = 0; column < this.columns; column++) sum += this.numbers[start + column] * vector[column];
    return sum * this.scale[index];
  }
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

export class CharLSTM {
  // `file` is an ArrayBuffer in the safetensors format: the length of a header, the header in JSON, the numbers.
  constructor(file) {
    const length = Number(new DataView(file).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
    const numbers = (name, kind) => {
      const [start, end] = header[name].data_offsets;
      return new kind(file, 8 + length + start, (end - start) / kind.BYTES_PER_ELEMENT);
    };
    const vector = (name) => numbers(name, Float32Array);
    const matrix = (name) => new Matrix(numbers(name, Int8Array), vector(`${name}.scale`));
    this.characters = [...header.__metadata__.vocabulary];
    this.embedding = matrix("embedding.weight");
    this.inputWeights = matrix("lstm.weight_ih_l0");
    this.recurrentWeights = matrix("lstm.weight_hh_l0");
    this.inputBias = vector("lstm.bias_ih_l0");
    this.recurrentBias = vector("lstm.bias_hh_l0");
    this.output = matrix("output.weight");
    this.outputBias = vector("output.bias");
    this.reset();
  }

  // The state of a network that has read nothing.
  reset() {
    this.h = new Float64Array(this.recurrentWeights.columns);
    this.c = new Float64Array(this.recurrentWeights.columns);
  }

  // Read one character, given by its number, and return the logits of the next one.
  step(character) {
    const size = this.h.length;
    const x = this.embedding.row(character);
    const h = new Float64Array(size);
    for (let unit = 0; unit < size; unit++) {
      // PyTorch stacks the rows of the four gates in the order i, f, g, o.
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => {
        const row = gate * size + unit;
        return this.inputWeights.times(row, x) + this.inputBias[row]
          + this.recurrentWeights.times(row, this.h) + this.recurrentBias[row];
      });
      this.c[unit] = sigmoid(f) * this.c[unit] + sigmoid(i) * Math.tanh(g);
      h[unit] = sigmoid(o) * Math.tanh(this.c[unit]);
    }
    this.h = h;  // only now: every unit above reads the old one
    return this.characters.map((_, next) => this.output.times(next, h) + this.outputBias[next]);
  }

  // The numbers of those characters of a text that the network knows.
  encode(text) {
    return [...text].map((character) => this.characters.indexOf(character)).filter((number) => number >= 0);
  }

  // Read a text, then yield character after character without end. `random` returns a number from 0 to below 1.
  *write(text, temperature, random) {
    this.reset();
    let read = this.encode(text);
    if (read.length === 0) read = [Math.max(this.characters.indexOf("\n"), 0)];  // a text may begin after a line break
    let logits;
    for (const character of read) logits = this.step(character);
    for (;;) {
      const next = draw(logits, temperature, random);
      yield this.characters[next];
      logits = this.step(next);
    }
  }
}

// Draw from softmax(logits / temperature); with temperature 0 take the likeliest, and the first of those that are tied.
export function draw(logits, temperature, random) {
  const largest = Math.max(...logits);
  if (temperature < 1e-6) return logits.findIndex((logit) => logit >= largest - 1e-5);
  const weights = logits.map((logit) => Math.exp((logit - largest) / temperature));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let next = 0; next < weights.length; next++) {
    left -= weights[next];
    if (left < 0) return next;
  }
  return weights.length - 1;  // where rounding left a little over
}

// Random numbers that a start repeats: a counter, its bits mixed by two multiplications (the last step of MurmurHash3).
export function randomNumbers(start) {
  let counter = start;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let bits = counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  };
}
