"""From class names, as people write them, to class ids, as the generator takes them."""

import difflib
import re
from collections.abc import Iterable, Sequence
from numbers import Integral


def class_ids(labels: str | int | Sequence[str | int], class_names: Sequence[str]) -> list[int]:
    """Names or ids, alone or mixed in a list -> one id a label, in order.

    Names match without regard to case, spaces, underscores or hyphens; ids are 0 to `len(class_names) - 1`.
    Raises ValueError for an unknown name (with the nearest known ones), an id out of range, or an empty list.
    """
    labels = [labels] if isinstance(labels, str) or not isinstance(labels, Iterable) else list(labels)
    if not labels:
        raise ValueError("class_labels is empty; give at least one class name or id.")
    ids_by_name = {_plain(name): i for i, name in enumerate(class_names)}
    return [_class_id(label, ids_by_name, class_names) for label in labels]


def file_stem(class_name: str, seed: int) -> str:
    """What a clip's file is called: lower-case words and the seed, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", f"{class_name} seed {seed}".lower()).strip("-")


def _class_id(label: str | int, ids_by_name: dict[str, int], class_names: Sequence[str]) -> int:
    if isinstance(label, Integral) and not isinstance(label, bool):
        if 0 <= label < len(class_names):
            return int(label)
        raise ValueError(f"There is no class {label}; class ids here run from 0 to {len(class_names) - 1}.")
    if not isinstance(label, str):
        raise ValueError(f"A class is a name or a whole number, and this is neither: {label!r}.")
    found = ids_by_name.get(_plain(label))
    if found is not None:
        return found
    raise ValueError(f"There is no class called {label!r}; {_nearest(label, ids_by_name, class_names)}.")


def _nearest(label: str, ids_by_name: dict[str, int], class_names: Sequence[str]) -> str:
    plain = _plain(label)
    containing = [name for name in ids_by_name if plain and plain in name]
    near = (containing or difflib.get_close_matches(plain, ids_by_name, cutoff=0.5))[:3]
    if near:
        return "the nearest known are " + _listed([class_names[ids_by_name[name]] for name in near])
    if len(class_names) <= 10:
        return "known are " + _listed(class_names)
    return f"{len(class_names)} are known, such as " + _listed(class_names[:5])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _plain(name: str) -> str:
    return "".join(name.casefold().replace("_", " ").replace("-", " ").split())
