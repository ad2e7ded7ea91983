"""The program for a reader's own pairs: it learns, and says what is wrong with a file."""

import re

import pytest

from examples.translate_pairs import main, read_pairs, split_pairs


def write_rows(path, rows):
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(("engine", "steps"), [("torch", 300), ("numpy", 20), ("keras", 2)])
def test_it_learns_from_pairs_and_answers(tmp_path, capsys, engine, steps):
    rows = [f"{a}{b},{b}{a}" for a in "abcdef" for b in "abcdef"]
    path = write_rows(tmp_path / "pairs.csv", rows)
    arguments = [str(path), "--engine", engine, "--steps", str(steps), "--units", "16"]
    main([*arguments, "--ask", "fa"])
    said = capsys.readouterr().out
    assert "held out: 3 pairs" in said
    assert said.splitlines()[-1].startswith("fa -> ")
    _, held = split_pairs(read_pairs(path), seed=0)
    shown = [line.split()[0] for line in said.splitlines() if line.startswith("  ")]
    assert shown == [source for source, _ in held]
    if steps == 300:
        assert said.splitlines()[-1] == "fa -> af"
        first, last = re.search(r"loss (\S+) -> (\S+) nats a symbol", said).groups()
        assert float(last) < 0.5 * float(first)


def test_quotes_and_empty_lines_are_read(tmp_path):
    rows = ['"7 March, 2005",2005-03-07', "", *(f"{n},{n}" for n in range(19))]
    assert read_pairs(write_rows(tmp_path / "p.csv", rows))[0] == ("7 March, 2005", "2005-03-07")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "pairs of 0 texts; give 20"),
        (["a,b,c"], "row 1 has 3 cells"),
        (["a,b", "c"], "row 2 has 1 cells"),
        (["a,"], "row 1 has an empty cell"),
        (["a,b"] * 30, "pairs of 1 texts"),
        (["german,digits", *(f"{n},{n}" for n in range(30))], "If it is a header, leave it out"),
        (["a," + 140_000 * "b"], "is no CSV"),
    ],
)
def test_a_file_that_is_no_list_of_pairs_gets_a_sentence(tmp_path, rows, message):
    with pytest.raises(SystemExit, match=message):
        main([str(write_rows(tmp_path / "pairs.csv", rows))])


def test_a_file_that_is_missing_or_no_text_gets_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="cannot be read"):
        main([str(tmp_path / "none.csv")])
    (tmp_path / "latin.csv").write_bytes("é,b\n".encode("latin-1"))
    with pytest.raises(SystemExit, match="not UTF-8"):
        main([str(tmp_path / "latin.csv")])


def test_a_question_with_unknown_characters_gets_a_sentence(tmp_path):
    path = write_rows(tmp_path / "pairs.csv", [f"{n},{n}" for n in range(30)])
    with pytest.raises(SystemExit, match="the text holds 'x'"):
        main([str(path), "--ask", "x"])


def test_no_text_stands_on_both_sides():
    pairs = [(f"{n % 40}", f"{n}") for n in range(200)]
    train, held = split_pairs(pairs, seed=0)
    assert sorted(train + held) == sorted(pairs)
    assert len({source for source, _ in held}) == 4
    assert not {source for source, _ in train} & {source for source, _ in held}
