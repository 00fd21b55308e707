"""The form of examples/sharc: the fields of Grid Engine, their choices and their complaints."""

from collections.abc import Mapping

from hub_config.form import FormView, view
from hub_config.form.fields import AMOUNTS, Field
from hub_config.form.script import LISTS
from hub_config.model.resolve import ADVANCED
from tests.form.offers import by_name
from tests.model.test_environments import offer


def drawn(answers: Mapping[str, str], errors: Mapping[str, str]) -> FormView:
    given = {"profile": ADVANCED, **answers}
    return view(offer(), server_name="", answers=given, errors=errors, user="bob")


def fields(**answers: str) -> dict[str, Field]:
    return by_name(drawn(answers, {}).advanced_fields)


def test_its_fields_are_those_of_sharc() -> None:
    found = fields()
    assert [field.label for field in found.values()] == [
        "Project (-P)",
        "Job queue (-q)",
        "Email address",
        "CPU cores (-pe)",
        "Parallel environment (-pe)",
        "Memory (GB)",
        "GPUs (-l gpu)",
        "Session runtime (hours) (-l h_rt)",
    ]
    assert drawn({}, {}).scheduler == "Grid Engine"
    assert found["mail"].control == "text"
    assert found["walltime"].fixed


def test_environments_are_chosen_or_left_out() -> None:
    choices = fields(parallel_environment="smp")["parallel_environment"].choices
    assert [choice.value for choice in choices] == ["", "smp", "mpi"]
    assert [choice.value for choice in choices if choice.selected] == ["smp"]


def test_the_script_knows_the_environments_of_each_queue() -> None:
    script = drawn({}, {}).script
    place = len(AMOUNTS) + LISTS.index("parallel_environment")
    known = {name: script["lists"][numbers[place]] for name, numbers in script["limits"].items()}
    assert (known["shared.q"], known["gpu.q"]) == (("smp", "mpi"), ("smp",))


def test_a_complaint_names_its_field_in_grid_engines_words() -> None:
    [trouble] = drawn({}, {"partition": "Choose the partition."}).troubles
    assert (trouble.text, trouble.target) == (
        "Job queue: Choose the partition.", "advanced-partition",
    )  # fmt: skip
