import pytest

from tests.browser.conftest import new_page, nothing_sticks_out, wait_for_words

pytestmark = pytest.mark.browser

STEPS = ["#tour-noise img", "#tour-memory img", "#tour-frames img", "#tour-spatial img", "#tour-temporal img"]


@pytest.fixture
def tour(page):
    page.get_by_role("tab", name="How it works").click()
    page.locator("#tour-noise img").first.wait_for()
    return page


def go_to_step(page, number: int) -> None:
    for i in range(number):
        page.click(f"#tour-next-{i}")


def test_six_steps_each_show_something_the_model_drew(tour):
    for i, selector in enumerate(STEPS):
        tour.locator(selector).first.wait_for()
        tour.wait_for_function("where => document.querySelector(where)?.naturalWidth > 0", arg=selector)
        tour.click(f"#tour-next-{i}")
    tour.get_by_text("without the film of its training").wait_for()


def test_a_new_seed_changes_its_noise_but_not_the_numbers_of_the_action(tour):
    def grids():
        return [image.get_attribute("src") for image in tour.locator("#tour-noise .numbers img").all()]

    noise, action = grids()
    tour.locator("#tour-seed input").fill("123")
    tour.keyboard.press("Enter")
    tour.wait_for_function("old => document.querySelector('#tour-noise .numbers img').src !== old", arg=noise)
    assert grids()[1] == action


def test_both_critics_react_to_what_is_done(tour):
    go_to_step(tour, 4)
    tour.get_by_label("shuffled").click()
    wait_for_words(tour, "#tour-temporal-told", "Sum, shuffled")
    tour.locator("#tour-temporal .bar b").first.wait_for(state="attached")
    assert tour.locator("#tour-temporal .bar b").count() == tour.locator("#tour-temporal .bar").count() == 1
    tour.wait_for_function("() => document.querySelector('#tour-half video')?.readyState >= 2")


def test_the_tour_follows_the_checkpoint_that_is_chosen_to_its_film_and_curves(tour):
    tour.locator("#tour-checkpoint input").click()
    tour.get_by_role("option", name="weizmann-64").click()
    tour.get_by_text("120 numbers of noise").wait_for()
    go_to_step(tour, 5)
    tour.wait_for_function("() => document.querySelector('#tour-timeline video')?.readyState >= 2")
    tour.locator("#training-curves svg").nth(3).wait_for()
    wait_for_words(tour, "#trained", "14,400 clips of 16 frames at 64 × 64 pixels")


def test_a_quiz_comes_with_example_clips_and_keeps_the_score(browser, predict_app_url):
    page = new_page(browser, 390, 844)
    page.goto(predict_app_url)
    page.get_by_role("tab", name="How it works").click()
    page.click("#quiz-new")
    for i in (0, 1):
        page.wait_for_function(f"() => document.querySelector('#quiz-{i} video')?.readyState >= 2")
    page.click("#quiz-answer-0")
    page.wait_for_function("() => /Your score: [01] of 1/.test(document.querySelector('#quiz-told').innerText)")
    page.click("#quiz-answer-1")
    page.locator("[data-testid=toast-body]").wait_for()
    nothing_sticks_out(page, 390)
    page.close()
