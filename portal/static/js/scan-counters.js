// The column beside the answer: how many are counted, how fast, and what waits to be sent.

const WIDTH = 332; // of the bar's drawing

export class Counters {
  constructor(page, words, { rows, queue, says }) {
    Object.assign(this, { page, words, rows, queue, says });
    this.expected = Number(this.out('expected').dataset.expected);
  }

  out(name) {
    return document.querySelector(`.p-gun-r [data-${name}]`);
  }

  draw() {
    const { counted, odd } = this.rows;
    const { expected } = this;
    this.out('counted').textContent = counted;
    this.out('left').textContent = Math.max(0, expected - counted);
    this.out('elsewhere').textContent = odd.elsewhere.size;
    this.out('unknown').textContent = odd.unknown.size;
    const done = document.querySelector('.p-cnt [data-done]');
    done.setAttribute('width', String(expected ? Math.min(WIDTH, (counted / expected) * WIDTH) : 0));
    this.out('rate').textContent = this.rows.rate();
  }

  tellKept() {
    const { queue } = this;
    const said = this.out('kept-said');
    const waiting = queue.waiting.length;
    const name = { offline: 'offline', signed_out: 'signed_out' }[queue.state] ?? (waiting ? 'sending' : 'all_kept');
    const refused = queue.refused.length;
    said.textContent = this.says.word(waiting ? name : (refused ? 'some_refused' : 'all_kept'), { n: waiting || refused });
    this.out('kept').classList.toggle('is-off', waiting ? queue.state !== 'well' : refused > 0);
    if (queue.state === 'signed_out' && waiting && !said.querySelector('a')) {
      const link = document.createElement('a');
      link.href = this.page.dataset.login;
      link.textContent = ` ${this.words.sign_in}`;
      said.append(link);
    }
  }
}
