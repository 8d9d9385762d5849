"""A production that is empty: its admin sets up all it needs, and the first chat is taken."""

import os
import subprocess

import pytest
from playwright.sync_api import expect

from e2e.conftest import Cast
from e2e.people import PASSWORD, Agent, Visitor
from e2e.servers import COMMAND, Parley, Shop

CLIPBOARD = ["clipboard-read", "clipboard-write"]
ANN, NINA = "ann@shop.test", "nina@shop.test"


@pytest.fixture
def parley(tmp_path):
    """A production of its own, with an admin and nothing else."""
    server = Parley(tmp_path / "data", tmp_path / "server.log", command="serve")
    settings = {"PARLEY_DATA": str(server.data), "PARLEY_ADMIN_PASSWORD": PASSWORD}
    subprocess.run(
        [COMMAND, "create-admin", ANN, "Ann Admin"], env={**os.environ, **settings}, check=True
    )
    server.start()
    yield server
    server.kill()
    assert not server.complaints()


@pytest.fixture
def people(browser, parley):
    cast = Cast(browser, parley)
    yield cast
    for context in cast.contexts:
        context.close()
    assert not cast.said


def test_a_new_admin_sets_everything_up_and_the_first_chat_is_taken(people, parley):
    ann = Agent(people.context(permissions=CLIPBOARD), parley.url, ANN).signs_in()
    page = ann.page
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Until the first chat")).to_be_visible()

    creates_a_queue(page)
    creates_a_wrap_up_code(page)
    invitation = invites_an_agent(page)
    key = creates_a_widget(page)
    page.get_by_role("link", name="Settings", exact=True).first.click()
    expect(page.get_by_role("heading", name="Ready for chats")).to_be_visible()

    nina = Agent(people.context(), parley.url, NINA)
    chooses_a_password(nina, invitation)
    shop = Shop(parley.url, key=key)
    vic = Visitor(people.context(), shop.url("localhost"))
    vic.starts_chat("Is anybody there?")
    nina.sees_offer("Is anybody there?")
    nina.accepts()
    nina.answers("Yes, welcome!")
    vic.reads("Yes, welcome!")
    vic.sees_agent("Nina New")
    nina.archives_with("Answered")
    shop.close()

    sees_what_was_done(page)


def test_a_disabled_agent_is_signed_out_and_the_chat_goes_to_another(people, parley):
    ann = Agent(people.context(permissions=CLIPBOARD), parley.url, ANN).signs_in()
    page = ann.page
    creates_a_queue(page, member="Ann Admin")
    invitation = invites_an_agent(page)
    key = creates_a_widget(page)
    page.goto(f"{parley.url}/workspace/webchat")
    ann.is_live()
    ann.chooses_status("Break")
    nina = Agent(people.context(), parley.url, NINA)
    chooses_a_password(nina, invitation)
    shop = Shop(parley.url, key=key)
    vic = Visitor(people.context(), shop.url("localhost"))
    vic.starts_chat("Hello?")
    nina.sees_offer("Hello?")
    nina.accepts()
    ann.chooses_status("Available")

    admin = ann.another_tab("/workspace/settings/agents")
    admin.page.get_by_role("link", name="Nina New").click()
    admin.page.get_by_role("button", name="Disable").click()
    expect(admin.page.get_by_text("Disabled: signed out everywhere")).to_be_visible()

    expect(nina.bar).to_contain_text("You have been signed out.")
    ann.sees_offer("Hello?")
    ann.accepts()
    expect(vic.log).to_contain_text("You are being connected to somebody else")
    vic.sees_agent("Ann Admin")
    shop.close()


def creates_a_queue(page, member=""):
    """Create the queue Orders, with its first member."""
    page.goto(page.url.split("/workspace")[0] + "/workspace/settings/queues")
    page.get_by_role("link", name="New queue").click()
    page.get_by_label("Name", exact=True).fill("Orders")
    if member:
        page.get_by_label(member).check()
    page.get_by_role("button", name="Create queue").click()
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()


def creates_a_wrap_up_code(page):
    page.get_by_role("link", name="Wrap-up codes").click()
    page.get_by_label("Name", exact=True).fill("Answered")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("link", name="Answered")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Refund")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Move Refund up").focus()
    page.keyboard.press("Enter")
    # it is the first now, and moves no further up
    expect(page.get_by_role("button", name="Move Refund down")).to_be_focused()


def invites_an_agent(page):
    """Invite Nina; gives the link that is shown once."""
    page.get_by_role("link", name="Agents").click()
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("Name", exact=True).fill("Nina New")
    page.get_by_label("E-mail").fill(NINA)
    page.get_by_label("Orders").check()
    page.get_by_role("button", name="Create invitation").click()
    expect(page.get_by_role("heading", name="An invitation")).to_be_visible()
    return page.get_by_role("code").inner_text()


def creates_a_widget(page):
    """Create a widget for every port of this machine; gives its key."""
    page.get_by_role("link", name="Widgets").click()
    page.get_by_role("link", name="New widget").click()
    page.wait_for_url("**/widgets/new")  # with its scripts, which draw the preview
    page.get_by_label("Name in the header").fill("Lamp shop")
    page.get_by_label("Brand colour", exact=True).fill("#206345")
    expect(page.get_by_text("White text, 7.2 : 1")).to_be_visible()
    page.get_by_label("Queue", exact=True).select_option("Orders")
    page.get_by_label("Allowed sites").fill("http://localhost:*")
    page.get_by_role("button", name="Create widget").click()
    expect(page.get_by_role("heading", name="Lamp shop", level=1)).to_be_visible()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    snippet = page.get_by_role("code").filter(has_text="<script").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == snippet
    return snippet.split('data-widget="')[1].split('"')[0]


def chooses_a_password(agent, invitation):
    agent.page.goto(invitation)
    agent.page.get_by_label("New password").fill(PASSWORD)
    agent.page.get_by_role("button", name="Set password and sign in").click()
    agent.is_live()


def sees_what_was_done(page):
    page.goto(page.url.split("/workspace")[0] + "/workspace/settings/audit-log")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("created widget Lamp shop")
    expect(rows.filter(has_text="created queue Orders")).to_have_count(1)
