// Finds the parts of the book that answer a query best: BM25 over words and titles, and a little
// knowledge of this book. A document is a section, a row of advice, a term, an exercise or a work.
((root) => {
  // What a document of each kind counts, and one with a title that says nothing.
  const KINDS = [1, 1.05, 1, 0.6, 0.4];
  const [SECTION, ADVICE, TERM] = [0, 1, 2];
  const DULL = { "What we built": 0.5, "Three questions": 0.3, Next: 0.3, Exercises: 0.3 };
  // What a word counts in a title, and in that of the page around what is no section, beside the
  // same word in the text.
  const TITLE = 3;
  const PAGE_TITLE = 0.2;
  // A title of so many words is a message: it counts less to a query that holds a few of its words,
  // and much more to one that quotes it.
  const LONG = 5;
  const BRUSHED = 0.8;
  const QUOTED = 2.5;
  // What batch_first counts in a query, beside batch and first, which are searched as well.
  const WHOLE = 5;
  // BM25: how soon a word that comes again counts no more, and how much long documents pay.
  const K1 = 1.2;
  const B = 0.6;

  const STOP = new Set(
    (
      "a an and any are as at be been but by can could did do does doing for from get had has " +
      "have how i if in into is it its itself just me my of on or our out own should so than " +
      "that the their then there these this to us use used using vs was we were what when " +
      "where which who why will with would you your attributeerror runtimeerror typeerror " +
      "valueerror"
    ).split(" "),
  );

  // What is read in place of an abbreviation.
  const SHORT = {
    bptt: "backpropagation through time",
    tbptt: "truncated backpropagation through time",
    lr: "learning rate",
    bpc: "bit per character",
    ppl: "perplexity",
    oom: "out of memory",
  };

  // What people type and what the book says; each side is words that must all be there.
  const SAME = [
    "gpu = graphics card = cuda",
    "colab = install",
    "float16 = 16 bit",
    "repeat = circle",
    "hidden unit = width",
    "nucleus = top p",
    "test split = hold end",
    "validation = held out",
    "shuffle = order",
    "vanish = fade",
    "vanish gradient = gradient fade",
    "explod = explosion",
    "decrease = fall",
    "take long = fast = hour minute",
    "speed = fast",
    "slow = fast = millisecond",
    "out of memory = free memory",
    "overfit = memorisation",
    "generate = write = sample",
    "generation = write",
    "decode = write",
    "inference = write",
    "resume = stop and go on",
    "save = checkpoint",
  ].map((row) => row.split(" = ").map((side) => side.split(" ").map(stem)));

  // --- words -------------------------------------------------------------------------------

  // Normalisation and normalization, gradients and gradient, clipping and clip are one word each.
  function stem(word) {
    if (word.length < 4 || /\d/.test(word)) return word;
    let found = word
      .replace(/^(.)ied$/, "$1ie")
      .replace(/isation/, "ization")
      .replace(/is(e[drs]?|ing)$/, "iz$1")
      .replace(/our$/, "or")
      .replace(/(ss|x|ch|sh)es$/, "$1")
      .replace(/ies$/, "y")
      .replace(/([^su])s$/, "$1");
    if (found.length > 5) {
      found = found.replace(/(ing|ed)$/, "");
      if (/..([b-df-hj-kmnp-rtv-z])\1$/.test(found)) found = found.slice(0, -1);
    }
    return found.length > 4 ? found.replace(/er$|e$/, "").replace(/ization$/, "iz") : found;
  }

  // batch_first is a word, and so are batch and first; top-k, top_k and topk are the same.
  const known = new Map(); // as written -> as counted
  function formsOf(written) {
    if (!known.has(written)) {
      const parts = written
        .replace(/([a-z])([A-Z])/g, "$1-$2")
        .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
        .toLowerCase()
        .split(/[-_]+/)
        .filter(Boolean);
      const stems = parts.map(stem);
      known.set(written, parts.length > 1 ? [parts.join(""), ...stems] : stems);
    }
    return known.get(written);
  }

  const WORD = /[\p{L}\p{N}]+(?:[-_]+[\p{L}\p{N}]+)*_*/gu;

  // Every word of a text: as counted, as written, where, and of which longer word it is a part.
  function* wordsOf(text) {
    for (const { 0: written, index: start } of text.matchAll(WORD)) {
      const [whole, ...parts] = formsOf(written);
      yield { word: whole, written, start };
      for (const word of parts) yield { word, written, start, whole };
    }
  }

  const listOf = (text) => [...wordsOf(text)].map(({ word }) => word);

  // Whether two words are at most so many edits apart; two letters swapped are one edit.
  function isNear(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return false;
    let before = [];
    let row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
        const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
      }
      if (Math.min(...next) > most) return false;
      [before, row] = [row, next];
    }
    return row[b.length] <= most;
  }

  // --- the index ---------------------------------------------------------------------------

  class Search {
    constructor({ pages, documents }) {
      this.pages = pages.map(([address, title, number]) => ({ address, title, number }));
      this.documents = documents.map(
        ([
          page,
          anchor,
          kind,
          title,
          under = "",
          text = "",
          code = "",
          answers = "",
          homes = [],
        ]) => ({ page: this.pages[page], anchor, kind, title, under, text, code, answers, homes }),
      );
      this.postings = new Map(); // word -> [{ n, count, titled }, ...]
      const lengths = this.documents.map((document, n) => this.add(document, n));
      const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
      this.norms = lengths.map((length) => K1 * (1 - B + (B * length) / mean));
      this.vocabulary = [...this.postings.keys()];
      this.terms = this.documents.filter(({ kind }) => kind === TERM);
    }

    // Count the words of a document; returns how many there are.
    add(document, n) {
      const counts = new Map();
      let length = 0;
      const count = (text, weight) => {
        for (const { word } of wordsOf(text)) {
          counts.set(word, (counts.get(word) ?? 0) + weight);
          length += 1;
        }
      };
      const { title, under, text, answers, code } = document;
      for (const part of [title, under, text, answers, code]) count(part, 1);
      count(document.page.title, document.kind === SECTION ? 1 : PAGE_TITLE);
      const heading = listOf(title.replace(/^Exercise [\d.]+ /, ""));
      document.line = ` ${heading.join(" ")} `;
      const counted = heading.filter((word) => !STOP.has(word));
      document.heading = new Set(counted);
      const titled = TITLE / (1.5 + 0.25 * counted.length);
      for (const [word, sum] of counts) {
        if (!this.postings.has(word)) this.postings.set(word, []);
        this.postings
          .get(word)
          .push({ n, count: sum, titled: heading.includes(word) ? titled : 0 });
      }
      return length;
    }

    rarity(word) {
      const n = this.postings.get(word)?.length ?? 0;
      return Math.log(1 + (this.documents.length - n + 0.5) / (n + 0.5));
    }

    // --- the query ---------------------------------------------------------------------------

    // The words of the book that a word of the query may stand for, and how much each counts:
    // the word itself, words that begin with it, and, if there are none, its neighbours.
    expand(word, mayGoOn) {
      const found = new Map();
      const isThere = this.postings.has(word);
      if (isThere) found.set(word, 1);
      if ((mayGoOn || !isThere) && word.length > 2) {
        const longer = this.vocabulary.filter((other) => other !== word && other.startsWith(word));
        for (const other of longer.slice(0, 60))
          found.set(other, (isThere ? 0.35 : 0.8) * Math.sqrt(word.length / other.length));
      }
      if (!found.size && word.length > 3) {
        const most = word.length > 7 ? 2 : 1;
        for (const other of this.vocabulary)
          if (other.length > 3 && isNear(word, other, most)) found.set(other, 0.6);
      }
      return found;
    }

    // The words that count in a query; single letters only if they are all, or names of sizes.
    read(query) {
      const meant = query.replace(/^\s*what do(?:es)? (.+) mean\b.*$/i, "$1");
      const typed = [...wordsOf(meant)].flatMap((one) =>
        Object.hasOwn(SHORT, one.word) ? [...wordsOf(SHORT[one.word])] : one,
      );
      const asked = typed.filter(
        ({ written }) =>
          !STOP.has(written.toLowerCase()) &&
          (written.length > 1 || /[B-HJ-Z]/.test(written) || typed.length < 3),
      );
      return asked.length ? asked : typed;
    }

    // For each word asked: what it may stand for, and its weight.
    group(asked, lastMayGoOn) {
      const groups = new Map();
      asked.forEach(({ word }, i) => {
        if (groups.has(word)) return;
        const found = this.expand(word, lastMayGoOn && i === asked.length - 1);
        const isWhole = this.postings.has(word) && asked[i + 1]?.whole === word;
        groups.set(word, { found, weight: isWhole ? WHOLE : 1 });
      });
      for (let i = 0; i + 1 < asked.length; i++) {
        // "batch first" is also batch_first
        const joined = asked[i].word + asked[i + 1].word;
        if (joined.length > 3 && this.postings.has(joined) && !groups.has(joined))
          groups.set(joined, { found: new Map([[joined, 1]]), weight: 0.5, isExtra: true });
      }
      for (const sides of SAME) {
        const side = sides.find((words) => words.every((word) => groups.has(word)));
        if (!side) continue;
        const { found } = groups.get(side[0]);
        for (const other of sides) {
          if (other === side) continue;
          for (const word of other)
            if (this.postings.has(word) && !found.has(word))
              found.set(word, 0.7 / Math.sqrt(other.length));
        }
      }
      return [...groups.values()];
    }

    // What each document scores for one word asked: the best of what the word may stand for.
    scoreGroup({ found }) {
      const best = new Map();
      for (const [word, share] of found) {
        const rarity = this.rarity(word);
        for (const { n, count, titled } of this.postings.get(word)) {
          const value = share * rarity * ((count * (K1 + 1)) / (count + this.norms[n]) + titled);
          if (value > (best.get(n)?.value ?? 0)) best.set(n, { value, share });
        }
      }
      return best;
    }

    // How much more than half of a title a query holds, rare words counting more.
    quoted({ heading }, words) {
      let [held, all] = [0, 0];
      for (const word of heading) {
        all += this.rarity(word);
        if (words.has(word)) held += this.rarity(word);
      }
      return Math.max(0, (2 * held) / all - 1);
    }

    // The best documents, best first, and the words to mark in them. `share` is how much of the
    // query a document holds at all.
    find(query, most = 10) {
      const asked = this.read(query);
      const groups = this.group(asked, !/\s$/.test(query));
      const marks = new Set();
      const scores = new Map();
      let total = 0;
      for (const group of groups) {
        let rarest = group.found.size ? 0 : this.rarity("");
        for (const [word, share] of group.found) {
          rarest = Math.max(rarest, this.rarity(word) * share);
          if (share >= 0.3) marks.add(word);
        }
        if (!group.isExtra) total += rarest;
        for (const [n, { value, share }] of this.scoreGroup(group)) {
          const entry = scores.get(n) ?? { score: 0, matched: 0 };
          entry.score += group.weight * value;
          if (!group.isExtra) entry.matched += rarest * Math.min(1, share + 0.2);
          scores.set(n, entry);
        }
      }

      const line = ` ${asked.map(({ word }) => word).join(" ")} `;
      const words = new Set(asked.map(({ word }) => word));
      const homes = new Set(
        // the pages that explain a term of the query
        this.terms.filter((term) => line.includes(term.line)).flatMap((term) => term.homes),
      );
      const results = [...scores].map(([n, { score, matched }]) => {
        const document = this.documents[n];
        score *= KINDS[document.kind] * (DULL[document.title] ?? 1);
        if (document.kind === SECTION && homes.has(this.pages.indexOf(document.page))) score *= 1.2;
        if (document.line === line) score *= 1.5;
        if (document.heading.size >= LONG) score *= BRUSHED + QUOTED * this.quoted(document, words);
        return { document, score, share: matched / total };
      });
      results.sort((a, b) => b.score - a.score);
      const counts = {}; // at most two of a section: its text and a row of its table
      const few = results.filter(({ document: { page, kind, under, title } }) => {
        const section = `${page.address}#${kind === ADVICE ? under : title}`;
        counts[section] = (counts[section] ?? 0) + 1;
        return counts[section] <= 2;
      });
      return { results: few.slice(0, most), marks };
    }

    // --- what is shown -----------------------------------------------------------------------

    // The parts of a text: [words, whether they were asked for].
    mark(text, marks) {
      const parts = [];
      let end = 0;
      for (const { word, written, start } of wordsOf(text)) {
        if (!marks.has(word) || start < end) continue;
        parts.push([text.slice(end, start), false], [written, true]);
        end = start + written.length;
      }
      parts.push([text.slice(end), false]);
      return parts.filter(([part]) => part);
    }

    // The sentence of a document that holds most of what was asked, cut to a line or two.
    sentence({ text }, marks, most = 170) {
      const sentences = text.split(/(?<=[.?!])\s+(?=[\p{Lu}\p{N}])/u);
      const value = (sentence) =>
        new Set(listOf(sentence).filter((word) => marks.has(word))).size -
        (sentence.length > 240 ? 0.3 : 0) -
        (sentence.length < 30 ? 0.3 : 0);
      const best = sentences.reduce((a, b) => (value(b) > value(a) ? b : a));
      if (best.length <= most) return best;
      const [[first, isFound]] = this.mark(best, marks);
      const at = isFound ? 0 : first.length;
      const from = at < most * 0.7 ? 0 : best.indexOf(" ", at - most / 2) + 1;
      const cut = best.slice(from, from + most).replace(/\s+\S*$/, "");
      return (from ? "… " : "") + cut + (from + cut.length < best.length ? " …" : "");
    }
  }

  root.Search = Search;
})(typeof window === "undefined" ? module.exports : window.bookSearch);
