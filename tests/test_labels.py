import pytest

from dvd_gan.labels import class_ids, file_stem

NAMES = ["bend", "jumping jacks", "one-hand wave", "two-hand wave"]


@pytest.mark.parametrize(
    "name", ["jumping jacks", "Jumping Jacks", "jumping_jacks", " JUMPING  jacks ", "jumpingjacks"]
)
def test_a_name_is_found_however_it_is_typed(name):
    assert class_ids(name, NAMES) == [1]


def test_names_and_ids_mix_and_keep_their_order():
    assert class_ids(["two-hand wave", 0, "bend", 2], NAMES) == [3, 0, 0, 2]


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="no class called 'jumping jack'; the nearest known are 'jumping jacks'"):
        class_ids("jumping jack", NAMES)


def test_a_part_of_a_name_is_answered_with_the_names_it_is_part_of():
    with pytest.raises(ValueError, match="nearest known are 'one-hand wave', 'two-hand wave'"):
        class_ids("Hand wave", NAMES)


def test_a_name_like_no_other_is_answered_with_what_is_known():
    with pytest.raises(ValueError, match="known are 'bend', 'jumping jacks'"):
        class_ids("zzzz", NAMES)
    with pytest.raises(ValueError, match="600 are known, such as 'c0'"):
        class_ids("zzzz", [f"c{i}" for i in range(600)])


@pytest.mark.parametrize("bad", [4, -1, True, 1.5, None, "", [], [None], ["bend", 4]])
def test_what_is_no_class_is_refused_in_one_sentence(bad):
    with pytest.raises(ValueError, match=r"^[^\n]+\.$"):
        class_ids(bad, NAMES)


def test_a_files_name_is_safe_and_says_class_and_seed():
    assert file_stem("../Jumping Jacks!", 7) == "jumping-jacks-seed-7"
