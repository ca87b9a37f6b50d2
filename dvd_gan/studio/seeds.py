"""Seeds as the page takes them."""

from dvd_gan.studio import text

MAX_SEED = 2**53 - 1
"""A browser holds larger whole numbers only nearly; the library takes more."""


def page_seed(seed: int | None) -> int:
    """The seed; ValueError, one sentence, for none, or for one that a browser would round to another."""
    if seed is None:
        raise ValueError(text.NO_SEED)
    if seed > MAX_SEED:
        raise ValueError(text.seed_too_large(MAX_SEED))
    return seed
