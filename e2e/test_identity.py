"""A site says who its visitor is: with a signature it is believed, and without it is not."""

import hashlib
import hmac
import time

import pytest
from playwright.sync_api import expect

from e2e.people import REFUSED, Visitor, talking
from e2e.test_every_screen import fits, is_accessible

SECRET = "a-secret-of-the-shop"
IDENTIFY = """([person, signature]) => window.Parley.identify(person, signature).then(
  () => "verified", (error) => `refused: ${error.message}`)"""

LEAVE = """({ nonce, who, body }) => localStorage.setItem(
  `parley-outbox:/widget/demo/messages:${nonce}`,
  JSON.stringify({ nonce, who, body, fields: [["body", body]], at: Date.now() - 60_000 }))"""

KEPT = "() => JSON.stringify(localStorage)"


def signed(external_id, name, *, key="demo"):
    """What the shop's server puts into its page."""
    person = {
        "external_id": external_id,
        "name": name,
        "email": f"{external_id}@mail.example",
        "exp": int(time.time()) + 600,
    }
    lines = ["parley-identity-1", key, external_id, name, person["email"], str(person["exp"])]
    digest = hmac.new(SECRET.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return [person, digest]


@pytest.fixture
def shop(parley, shops):
    parley.change("UPDATE widgets SET identity_secret = ? WHERE key = 'demo'", SECRET)
    return shops()


def identified(visitor, *said):
    expect(visitor.launcher).to_be_visible()
    return visitor.page.evaluate(IDENTIFY, list(said))


def test_a_signed_visitor_is_verified_and_another_one_in_the_same_browser_is_somebody_else(
    people, shop, parley
):
    vic = Visitor(people.context(), shop.url())
    bob = people.agent()

    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    assert parley.rows("SELECT count(*) FROM visitors") == [(0,)]
    talking(vic, bob, "It is me")
    bob.sees_contact("Verified identity c-1")
    expect(bob.interactions.first).to_contain_text("Vic Visitor")

    # Twice is once, and on the next page it is the same chat.
    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    vic.page.goto(shop.url() + "other")
    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    vic.opens_chat()
    vic.reads_all("It is me")

    # V2: Eva signs in at the shop in the same browser, where Vic has not sent everything.
    vic.types("A secret of Vic")
    assert identified(vic, *signed("c-2", "Eva")) == "verified"
    vic.does_not_read("It is me")
    expect(vic.box).to_have_value("")
    vic.writes("Something else")
    vic.reads_all("Something else")
    assert parley.rows("SELECT external_id, name FROM contacts ORDER BY id") == [
        ("c-1", "Vic Visitor"),
        ("c-2", "Eva"),
    ]
    assert parley.rows("SELECT count(DISTINCT contact) FROM interactions") == [(2,)]


def test_what_one_person_has_left_unsent_is_neither_shown_nor_sent_for_another(
    people, shop, parley
):
    # A shop on the chat's own site, where browsers let the frame keep what is unsent.
    url = shop.url("chat.localhost")
    vic = Visitor(people.context(), url)
    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    vic.opens_chat()
    vic.types("Half a thou")
    vic.frame.evaluate(LEAVE, {"nonce": "n" * 24, "who": "c-1", "body": "Unsent by Vic"})
    vic.frame.evaluate(LEAVE, {"nonce": "m" * 24, "who": "", "body": "Unsent by nobody"})

    vic.page.goto(url)
    assert identified(vic, *signed("c-2", "Eva")) == "verified"
    vic.opens_chat()
    expect(vic.box).to_have_value("")
    expect(vic.unsent).to_have_count(1)
    expect(vic.unsent).to_contain_text("Unsent by nobody")
    vic.writes("Hers")
    vic.reads_all("Hers")
    assert parley.messages() == ["Hers"]
    assert "Vic" not in vic.frame.evaluate(KEPT)
    assert "thou" not in vic.frame.evaluate(KEPT)

    # What she begins stands there on the next page, and is gone when she signs out.
    vic.types("Something el")
    vic.page.goto(url)
    assert identified(vic, *signed("c-2", "Eva")) == "verified"
    vic.opens_chat()
    expect(vic.box).to_have_value("Something el")
    assert identified(vic, None, "") == "verified"
    assert "Something el" not in vic.frame.evaluate(KEPT)


def test_what_one_person_put_into_the_form_is_not_shown_to_the_next(people, shop, parley):
    # The site says name and address; the form asks for what it does not say.
    parley.change("UPDATE widgets SET ask_phone = 'optional'")
    vic = Visitor(people.context(), shop.url("chat.localhost"))
    form = {"Phone optional": "+49 30 1234", "Message": "A secret"}
    fields = {name: vic.chat.get_by_role("textbox", name=name, exact=True) for name in form}
    vic.opens_chat()
    for name, text in form.items():
        fields[name].fill(text)

    # Who signs in has written it, also on the next page; who is signed in after them has not.
    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    for name, text in form.items():
        expect(fields[name]).to_have_value(text)
    vic.page.reload()
    vic.opens_chat()
    for field in fields.values():
        expect(field).to_have_value("")
    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    for name, text in form.items():
        expect(fields[name]).to_have_value(text)
    vic.page.reload()
    assert identified(vic, *signed("c-2", "Eva")) == "verified"
    vic.opens_chat()

    for field in fields.values():
        expect(field).to_have_value("")
    vic.types("Hers")
    vic.chat.get_by_role("button", name="Start chat").click()
    vic.reads_all("Hers")
    assert parley.rows("SELECT external_id, name, phone FROM contacts") == [("c-2", "Eva", "")]


def test_an_open_chat_goes_on_as_the_verified_persons(people, shop, parley):
    vic = Visitor(people.context(), shop.url())
    bob = people.agent()
    talking(vic, bob, "Before I sign in")
    vic.types("Half a thou")

    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"

    expect(vic.box).to_have_value("Half a thou")
    expect(bob.log).to_contain_text("Verified identity from here on: Vic Visitor")
    bob.sees_contact("Verified identity")
    is_accessible(bob.page)
    bob.answers("Now I know")
    vic.reads("Now I know")
    vic.writes("Thank you")
    vic.reads_all("Before I sign in", "Now I know", "Thank you")
    assert parley.rows("SELECT count(*) FROM interactions") == [(1,)]


@pytest.mark.console_may_say(REFUSED.format(403))
def test_a_wrong_signature_is_told_to_the_page_and_makes_nobody(people, shop, parley):
    # V3, V4: and the signature is in no address
    context = people.context()
    addresses = []
    context.on("request", lambda request: addresses.append(request.url))
    vic = Visitor(context, shop.url())
    expect(vic.launcher).to_be_visible()
    vic.page.evaluate("""() => {
      window.heard = [];
      window.Parley.on("error", (problem) => window.heard.push(problem));
    }""")

    person, signature = signed("c-1", "Vic Visitor")
    person["name"] = "Mallory"
    assert "The signature of this identity is not right" in identified(vic, person, signature)
    assert identified(vic, person, "").startswith("refused")

    assert len(vic.page.evaluate("() => window.heard")) == 2
    vic.opens_chat()
    expect(vic.chat.get_by_role("alert").filter(visible=True)).to_contain_text(
        "could not confirm who you are"
    )
    expect(vic.box.filter(visible=True)).to_have_count(0)
    is_accessible(vic.frame)
    fits(vic.frame)
    assert not [address for address in addresses if signature in address]
    assert parley.rows("SELECT count(*) FROM visitors") == [(0,)]
    assert parley.rows("SELECT count(*) FROM contacts") == [(0,)]

    # With the right one the same page goes on.
    assert identified(vic, *signed("c-1", "Vic Visitor")) == "verified"
    vic.writes("Here I am")
    vic.reads_all("Here I am")
