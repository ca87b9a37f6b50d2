"""Real or generated: a quiz over the example clips that come with a checkpoint, the only real ones we may show."""

import random

import gradio as gr

from dvd_gan import clips
from dvd_gan.studio import text_tour
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, Checkpoints, new_file
from dvd_gan.studio.starts import examples_in
from dvd_gan.uploads import read_upload

STATE_SECONDS = 3600


def add_quiz(checkpoints: Checkpoints) -> None:
    """Draw the quiz and wire it, for the first checkpoint with examples; nothing appears where none has any."""
    candidates = [checkpoints.default, *checkpoints.continuing[:1]]
    checkpoint = next((name for name in candidates if examples_in(checkpoints.folder(name))), None)
    if checkpoint is None:
        return

    def new_pair(state: dict | None) -> tuple:
        """A real clip and one drawn from the same start, or of any class, in random order, equally encoded."""
        state = state or {"rounds": 0, "score": 0}
        pipe, facts = checkpoints.pipeline(checkpoint), checkpoints.facts(checkpoint)
        example = random.choice(list(examples_in(checkpoints.folder(checkpoint)).values()))
        real = read_upload([str(example)], facts.resolution, facts.fps)
        given = facts.num_given_frames
        length = min(len(real) - given, facts.trained_frames)
        seed = random.randrange(2**31)
        if given:
            drawn = pipe(frames=real[:given], seeds=seed, num_frames=length).frames[0]
        else:
            drawn = pipe(random.randrange(len(facts.class_names)), seeds=seed, num_frames=length).frames[0]
        pair = [real[given : given + length], clips.as_uint8(drawn)]
        answer = random.randrange(2)
        files = [str(clips.write_mp4(clip, new_file("clip", "mp4"), facts.fps)) for clip in pair]
        state = {"rounds": state["rounds"] + 1, "score": state["score"], "answer": answer}
        told = text_tour.quiz_pair(state["rounds"])
        return gr.Row(visible=True), gr.Row(visible=True), *files[:: 1 if answer == 0 else -1], told, state

    def choose(state: dict | None, choice: int) -> tuple[str, dict]:
        if state is None or state.get("answer") is None:
            raise gr.Error(text_tour.QUIZ_FIRST, print_exception=False)
        right = choice == state["answer"]
        score = state["score"] + right
        told = text_tour.quiz_verdict(right, text_tour.QUIZ_CLIPS[state["answer"]], score, state["rounds"])
        return told, {"rounds": state["rounds"], "score": score}

    gr.Markdown(text_tour.QUIZ_HEAD)
    with gr.Row(elem_id="quiz", visible=False) as shown:
        pair = [
            gr.Video(
                label=label,
                interactive=False,
                autoplay=True,
                loop=True,
                buttons=[],
                elem_classes="half",
                elem_id=f"quiz-{i}",
                min_width=150,
            )
            for i, label in enumerate(text_tour.QUIZ_CLIPS)
        ]
    with gr.Row(elem_classes="try-walks", visible=False) as choices:
        answers = [gr.Button(label, elem_id=f"quiz-answer-{i}") for i, label in enumerate(text_tour.QUIZ_ANSWERS)]
    told = gr.Markdown(elem_id="quiz-told")
    another = gr.Button(text_tour.QUIZ_NEW, variant="primary", elem_id="quiz-new")
    state = gr.State(time_to_live=STATE_SECONDS)

    another.click(
        stoppable(new_pair), state, [shown, choices, *pair, told, state], api_visibility="private", **DEVICE_QUEUE
    )
    for i, answer in enumerate(answers):
        answer.click(lambda state, i=i: choose(state, i), state, [told, state], api_visibility="private")
