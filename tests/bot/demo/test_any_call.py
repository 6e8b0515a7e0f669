"""Whatever a bot sends, it is answered or refused: no mistake of a caller is an error of ours"""

import random

from bot.demo.api import load_api
from bot.demo.files import Upload
from bot.demo.limits import Limits
from bot.demo.methods import METHODS, Call
from bot.demo.params import check_params
from bot.demo.pictures import draw_png
from bot.demo.refusal import Refusal
from bot.demo.world import World

DEPTH = 3
PNG = Upload(draw_png(20, 20, (9, 9, 9)), "a.png")


class Chance:
    """Parameters that fit the table more often than not, made of a world's own ids."""

    def __init__(self, world, seed):
        self.dice = random.Random(seed)
        self.api = load_api()
        self.texts = [
            "",
            " ",
            "x",
            "Ann <3",
            "<b>x</b>",
            "<b>x",
            "HTML",
            "张" * 30,
            "x" * 5000,
            "attach://a",
            "\udc00",
            "@x",
        ]
        self.texts += [file_id for file_id in world.files._by_id][:6]
        self.numbers = [0, 1, 2, 3, 4, 5, -1, 7, 8, -1002, -4001, 2**40, *world.chats]

    def value(self, kinds, depth=0):
        kind = self.dice.choice(kinds)
        if self.dice.random() < 0.03:
            return self.dice.choice([None, [], {}, "x", 5, True, 1.5, [[]], [None]])
        if kind.startswith("Array of "):
            return [
                self.value((kind.removeprefix("Array of "),), depth + 1)
                for _ in range(self.dice.randint(0, 3))
            ]
        if kind in self.api.unions:
            return self.value(self.api.unions[kind], depth)
        if kind in self.api.objects:
            return self.fields(self.api.objects[kind], depth + 1)
        simple = {
            "Integer": lambda: self.dice.choice(self.numbers),
            "Float": lambda: self.dice.uniform(-200, 200),
            "Boolean": lambda: self.dice.random() < 0.5,
        }
        return simple.get(kind, lambda: self.dice.choice(self.texts))()

    def fields(self, spec, depth=0):
        return {
            name: field.constant or self.value(field.types, depth)
            for name, field in spec.items()
            if (field.required and self.dice.random() < 0.98) or (depth < DEPTH and self.dice.random() < 0.25)
        }


def furnished():
    world = World(seed=3)
    ann, bob = world.user(7, 'Ann <3 & "张"'), world.user(8, "Bob")
    world.group(-4001, "Desk", [ann])
    forum = world.group(-1002, "Forum", [ann], forum=True, admin=True)
    world.topic(forum, "T1")
    world.send_photo(ann)
    world.send_document(ann)
    world.send_voice(ann)
    world.send_text(ann, "hello /go")
    world.block(bob)
    return world


def test_every_call_is_answered_or_refused():
    world = furnished()
    chance = Chance(world, seed=5)
    answered = refused = 0
    for number in range(6000):
        method = chance.dice.choice(sorted(METHODS))
        uploads = (
            {"a": PNG, "photo": PNG}
            if method == "sendPhoto" and number % 2
            else {"a": PNG}
            if number % 3
            else {}
        )
        given = chance.fields(load_api().methods[method])
        try:
            params = check_params(method, given, uploads)
            METHODS[method](Call(world, method, params, uploads, Limits()))
            answered += 1
        except Refusal:
            refused += 1

    assert answered > 300
    assert refused > 300
