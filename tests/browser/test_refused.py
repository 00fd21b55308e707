"""What does not start: the message stands where the mistake is, and what was typed is kept."""

from playwright.sync_api import expect

from tests.support.browser import Person
from tests.support.centre import Centre


def test_more_cores_than_the_partition_allows(centre: Centre, at_home: Person) -> None:
    page = at_home.visit("/hub/spawn/alice/advanced")
    form = page.locator("#advanced-form")
    cores = form.get_by_label("Number of cores")
    cores.evaluate("input => input.removeAttribute('max')")
    cores.fill("72")
    form.get_by_label("Memory (GB)").fill("3")
    form.get_by_label("Account").select_option("bm0146")
    form.get_by_label("Log file name").fill("my_log")
    assert at_home.start("#advanced-form").status == 400

    expect(cores).to_have_accessible_description(
        "Partition shared allows 1 to 48 here; you asked for 72."
        " Number of threads (logical cores) per task."
    )
    expect(page.locator("#advanced-cores + .invalid-feedback")).to_contain_text("48")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(cores).to_have_value("72")
    expect(form.get_by_label("Memory (GB)")).to_have_value("3")
    expect(form.get_by_label("Account")).to_have_value("bm0146")
    expect(form.get_by_label("Log file name")).to_have_value("my_log")
    assert centre.bed.squeue("alice") == []


def test_no_account(centre: Centre, at_home: Person) -> None:
    page = at_home.visit("/hub/spawn/alice/preset")
    account = page.locator("#preset-form").get_by_label("Account")
    account.evaluate("select => select.removeAttribute('name')")
    assert at_home.start("#preset-form").status == 400
    expect(account).to_have_accessible_description(
        "Choose the account: it is needed. Project that should be charged."
    )
    assert centre.bed.squeue("alice") == []


def test_what_sbatch_refuses(centre: Centre, at_home: Person) -> None:
    """Alice may charge mh0010 on partition shared alone, as only the accounting knows."""
    page = at_home.visit("/hub/spawn/alice/advanced")
    form = page.locator("#advanced-form")
    form.get_by_label("Account").select_option("mh0010")
    form.get_by_label("Partition").select_option("compute")
    form.get_by_label("Number of cores").fill("7")
    at_home.start("#advanced-form")
    words = "Invalid account or account/partition combination specified"
    expect(page.get_by_text(words).first).to_be_visible()
    # Where sbatch takes longer than JupyterHub waits for it, its words come on the waiting page.
    if "spawn-pending" in page.url:
        page.get_by_role("link", name="Change options").click()
    expect(form.get_by_label("Account")).to_have_value("mh0010")
    expect(form.get_by_label("Partition")).to_have_value("compute")
    expect(form.get_by_label("Number of cores")).to_have_value("7")
    assert centre.bed.squeue("alice") == []


def test_a_wrong_password(stranger: Person) -> None:
    page = stranger.visit("/hub/login")
    stranger.log_in("alice", "wrong")
    expect(page.get_by_text("Invalid username or password")).to_be_visible()
    expect(page.get_by_label("Username:")).to_have_value("alice")
