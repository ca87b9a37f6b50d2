"""The last look at a prepared set: wrong labels, doubled keys and split groups stop it, with examples."""

import json
from pathlib import Path

import pytest

from tests.square_people import write_square_people
from training.data.label_check import check_labels, fail_loudly


@pytest.fixture
def written(tmp_path):
    folder = write_square_people(tmp_path / "squares")
    return folder, json.loads((folder / "dataset.json").read_text())


def edit(folder: Path, split: str, line: int, **changes):
    index = folder / f"{split}-000000.jsonl"
    entries = [json.loads(text) for text in index.read_text().splitlines()]
    entries[line].update(changes)
    index.write_text("".join(json.dumps(entry) + "\n" for entry in entries))


def test_a_sound_set_passes(written):
    check_labels(*written)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": 1}, r"has label 1 and is of class '.*'"),
        ({"group": "the last"}, "group 'the last' is in train and in held_out"),
        ({"key": "twice"}, "shares the key 'twice'"),
    ],
)
def test_what_would_mislead_training_is_named(written, changes, message):
    folder, dataset = written
    edit(folder, "train", 0, **{"label": 0, "class_name": dataset["class_names"][0], **changes})
    edit(folder, "held_out", 0, **{key: value for key, value in changes.items() if key != "label"})
    with pytest.raises(ValueError, match=message):
        check_labels(folder, dataset)


def test_a_flood_of_faults_is_counted_and_sampled():
    fail_loudly([], "Nothing")
    with pytest.raises(ValueError, match=r"fault 0; .*fault 4, and 95 more") as caught:
        fail_loudly([f"fault {number}" for number in range(100)], "The lists are wrong")
    assert "fault 5" not in str(caught.value)
