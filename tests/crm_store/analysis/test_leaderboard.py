"""The leaderboard: who is judged, who is used, and that what it says can be repeated."""

import numpy as np
import pytest

from crm_store.analysis.leaderboard import CANDIDATES, Rows, auc, compare, macro_f1


def rows(seed: int, *, many: int = 1_500, weight: float = 2.0) -> Rows:
    """Two features that tell of the class, six that do not."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(many, 8))
    chance = 1 / (1 + np.exp(-weight * (x[:, 0] + x[:, 1])))
    return Rows(x, (random.random(many) < chance).astype(np.int64))


def test_the_simplest_within_one_standard_error_is_used() -> None:
    learn, judge = rows(1), rows(2)

    board = compare(learn, judge, naive={"first": judge.x[:, 0]})

    best = max(board.entries, key=lambda one: one.score)
    near = [one.name for one in board.entries if one.score >= best.score - best.error]
    assert [one.name for one in board.entries] == ["first", *(one.name for one in CANDIDATES)]
    assert (board.used, near[0]) == ("logistic", "logistic")
    assert board.model is not None
    assert (board.baseline, board.n_learnt, board.n_judged) == ("first", 1_500, 1_500)


def test_a_rule_that_no_model_beats_is_used() -> None:
    learn, judge = rows(1), rows(2)
    both = judge.x[:, 0] + judge.x[:, 1]

    board = compare(learn, judge, naive={"first": judge.x[:, 0], "both": both})

    assert (board.used, board.baseline, board.model) == ("both", "both", None)


def test_what_can_not_be_learnt_is_not_better_than_guessing() -> None:
    learn, judge = rows(1, weight=0.0), rows(2, weight=0.0)

    board = compare(learn, judge, naive={"first": judge.x[:, 0]})

    assert all(one.score == pytest.approx(0.5, abs=0.06) for one in board.entries)


def test_the_same_data_give_the_same_board() -> None:
    learn, judge = rows(1, many=400), rows(2, many=400)

    once, again = (compare(learn, judge, naive={"first": judge.x[:, 0]}) for _ in range(2))

    assert once.entries == again.entries


def test_the_card_says_when_of_how_many_by_what_and_against_what() -> None:
    learn, judge = rows(1, many=400), rows(2, many=400)
    board = compare(learn, judge, naive={"first": judge.x[:, 0]}, candidates=CANDIDATES[:2])

    card = board.card(learnt=("2026-01-01", "2026-04-01"), judged=("2026-07-01", "2026-10-01"))

    assert card == {
        "learnt": ["2026-01-01", "2026-04-01"],
        "judged": ["2026-07-01", "2026-10-01"],
        "n_learnt": 400,
        "n_judged": 400,
        "metric": "auc",
        "used": board.used,
        "baseline": "first",
        "entries": [[one.name, round(one.score, 4), round(one.error, 4)] for one in board.entries],
    }


def test_several_classes_are_judged_by_macro_f1() -> None:
    random = np.random.default_rng(5)
    x = random.normal(size=(900, 3))
    parts = Rows(x[:600], x[:600].argmax(axis=1)), Rows(x[600:], x[600:].argmax(axis=1))
    majority = np.tile([1.0, 0.0, 0.0], (300, 1))

    board = compare(*parts, naive={"majority": majority}, metric="macro_f1")

    assert board.score("majority") < 0.2
    assert board.score("logistic") > 0.9


def test_auc_counts_ties_half() -> None:
    truth = np.array([0, 0, 1, 1])

    assert auc(truth, np.array([1.0, 2.0, 3.0, 4.0])) == 1.0
    assert auc(truth, np.array([1.0, 1.0, 1.0, 1.0])) == 0.5
    assert auc(truth, np.array([1.0, 3.0, 3.0, 4.0])) == pytest.approx(3.5 / 4)
    assert auc(np.zeros(3, np.int64), np.arange(3.0)) == 0.5


def test_macro_f1_of_two_classes_is_cut_at_one_half() -> None:
    assert macro_f1(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.7, 0.9])) == 1.0
