"""The people of the stories, with verbs; what they use is found by role and accessible name."""

import re
import time

from playwright.sync_api import expect

PATIENCE = 15
expect.set_options(timeout=PATIENCE * 1000)

# What a person would notice, written where a story can wait for it: the state of the line, how
# often it came alive, and each tone that sounds.
NOTICE = """(() => {
  window.parleyConnection = "";
  window.parleyLives = 0;
  window.parleyTones = 0;
  const show = () => {
    const root = document.documentElement;
    root.dataset.testConnection = window.parleyConnection;
    root.dataset.testLives = window.parleyLives;
    root.dataset.testTones = window.parleyTones;
  };
  window.addEventListener("parley:connection", ({ detail }) => {
    window.parleyConnection = detail.state;
    if (detail.state === "live") window.parleyLives += 1;
    show();
  }, true);
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.parleyTones += 1;
    show();
    return start.apply(this, when);
  };
})()"""

# What a browser itself writes to the console about a line that does not answer, and about refusals.
NETWORK = r"net::ERR_|htmx: htmx:(?:sse:)?error"
REFUSED = "the server responded with a status of {}"

BOB, TWO = "agent1@demo.test", "agent2@demo.test"
PASSWORD = "parley-demo"


# The line "New since you left" belongs to one opening of a page, not to the log.
WITHOUT_LINE_OF_NEWS = """all => all.map((entry) => {
  const copy = entry.cloneNode(true);
  copy.querySelectorAll(".entry__day--new").forEach((line) => line.remove());
  return copy.outerHTML;
})"""


class Person:
    """Somebody with a browser of their own and one page in it."""

    def __init__(self, context, url):
        self.context = context
        self.url = url
        self.page = context.new_page()

    @property
    def chat(self):
        """The document in which they chat: a page, or the frame in it."""
        return self.page

    @property
    def log(self):
        return self.chat.get_by_role("log", name=self.LOG)

    @property
    def box(self):
        return self.chat.get_by_role("textbox", name="Message", exact=True)

    @property
    def bar(self):
        return self.chat.locator("#reconnecting")

    @property
    def unsent(self):
        """The bubbles of what the server has not taken."""
        return self.chat.locator(".entry--pending[data-state=failed]")

    @property
    def entries(self):
        return self.log.locator("[data-seq]")

    def types(self, text):
        self.box.fill(text)

    def writes(self, text):
        """Type it and send it; it stands in the log once the server has it."""
        self.types(text)
        self.sends()

    def sends(self):
        """Press Return, which on a phone breaks the line: there it is the button."""
        if self.page.evaluate("() => matchMedia('(pointer: coarse)').matches"):
            self.chat.get_by_role("button", name="Send", exact=True).tap()
        else:
            self.box.press("Enter")

    def has_typed(self, text):
        """This is in the box, unsent."""
        expect(self.box).to_have_value(text)

    def reads(self, text):
        """The text is in the log, once."""
        expect(self.log.get_by_text(text, exact=True)).to_have_count(1)

    def reads_all(self, *texts):
        """Exactly these messages, in this order."""
        expect(self.log.locator(".entry--message .entry__body")).to_have_text(list(texts))

    def does_not_read(self, text):
        expect(self.log.get_by_text(text)).to_have_count(0)

    def is_live(self):
        expect(self.chat.locator("html")).to_have_attribute("data-test-connection", "live")

    def lives(self):
        """How often the stream was connected so far."""
        return int(self.chat.locator("html").get_attribute("data-test-lives") or 0)

    def is_live_again(self, lives):
        """Connected anew since there had been so many."""
        pattern = re.compile(f"^(?!(?:{'|'.join(str(n) for n in range(lives + 1))})$)")
        expect(self.chat.locator("html")).to_have_attribute("data-test-lives", pattern)
        self.is_live()

    def sees_reconnecting(self):
        self.sees_bar("Reconnecting…")

    def sees_bar(self, text):
        expect(self.bar.get_by_text(text).filter(visible=True)).to_have_count(1)

    def sees_no_bar(self):
        expect(self.bar).to_be_hidden()

    def lines(self):
        """What the log shows, line by line, as markup without the accidents of spaces."""
        return [_plain(one) for one in self.entries.evaluate_all(WITHOUT_LINE_OF_NEWS)]

    def marks_the_page(self):
        """Remember this very document, to see later that it was never loaded anew."""
        self.chat.locator("html").evaluate("() => { window.theSamePage = true; }")

    def is_on_the_same_page(self):
        assert self.chat.locator("html").evaluate("() => window.theSamePage === true")


class Visitor(Person):
    """Somebody on a shop's page, with the chat in its frame."""

    LOG = "Conversation"

    def __init__(self, context, url):
        super().__init__(context, url)
        self.page.goto(url)

    @property
    def chat(self):
        return self.page.frame_locator("iframe[title=Chat]")

    @property
    def frame(self):
        """The frame itself, for what a locator cannot do."""
        return next(one for one in self.page.frames if "/widget/" in one.url)

    @property
    def launcher(self):
        return self.page.locator("parley-chat").get_by_role(
            "button", name=re.compile("^(Open|Close) chat$")
        )

    def opens_chat(self):
        self.page.get_by_role("button", name="Open chat").click()
        expect(self.chat.get_by_role("dialog", name="Chat", exact=True)).to_be_visible()
        expect(self.chat.locator("body")).to_have_attribute("data-shown", "yes")

    def closes_chat(self):
        self.chat.get_by_role("button", name="Close chat").click()
        expect(self.page.get_by_role("button", name="Open chat")).to_be_visible()

    def starts_chat(self, text):
        """Open the chat and write the first words."""
        self.opens_chat()
        self.writes(text)
        self.reads(text)
        self.is_live()

    def sees_agent(self, name="Agent One"):
        expect(self.chat.get_by_role("heading", name=name, exact=True)).to_be_visible()

    def ends_chat(self):
        self.chat.get_by_role("button", name="End chat", exact=True).click()
        self.chat.get_by_role("button", name="End chat now").click()
        self.sees_the_end()

    def sees_the_end(self):
        expect(self.chat.get_by_role("heading", name="This chat has ended")).to_be_visible()
        expect(self.box).to_have_count(0)

    def starts_new_chat(self):
        self.chat.get_by_role("button", name="New chat").click()
        expect(self.box).to_be_visible()


class Agent(Person):
    """Somebody of the contact centre, in the workspace."""

    LOG = "Transcript"

    def __init__(self, context, url, email=BOB):
        super().__init__(context, url)
        self.email = email

    @property
    def offers(self):
        return self.page.get_by_role("region", name="Offers").get_by_role("group")

    @property
    def interactions(self):
        return self.page.get_by_role("list", name="Active interactions").get_by_role("listitem")

    @property
    def active(self):
        return self.page.locator(".row--active")

    @property
    def archive_dialog(self):
        return self.page.get_by_role("dialog", name="Select a wrap-up code")

    @property
    def notice(self):
        return self.page.locator("#notice")

    def signs_in(self, at="/workspace/webchat"):
        self.page.goto(f"{self.url}{at}")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.is_live()
        return self

    def is_signed_in(self, at="/workspace/webchat"):
        """Come with a session, past the form."""
        form = {"email": self.email, "password": PASSWORD}
        self.context.request.post(f"{self.url}/sign-in", form=form, max_redirects=0)
        self.page.goto(f"{self.url}{at}")
        self.is_live()
        return self

    def another_tab(self, at="/workspace/webchat"):
        """The same agent in a second tab of the same browser."""
        other = type(self)(self.context, self.url, self.email)
        other.page.goto(f"{self.url}{at}")
        other.is_live()
        return other

    def signs_out(self):
        self.page.get_by_role("button", name="Account").click()
        self.page.get_by_role("menuitem", name="Sign out").click()
        self.page.wait_for_url("**/sign-in")

    def chooses_status(self, name):
        self.page.get_by_role("button", name="Status").click()
        self.page.get_by_role("menuitemradio", name=name).click()
        expect(self.page.locator("#status_now")).to_contain_text(name)

    def sees_offer(self, words=None):
        expect(self.offers).to_have_count(1)
        if words:
            expect(self.offers).to_contain_text(words)

    def sees_no_offer(self):
        expect(self.offers).to_have_count(0)

    def accepts(self):
        self.page.get_by_role("button", name="Accept").click()
        expect(self.box).to_be_visible()

    def declines(self):
        self.page.get_by_role("button", name="Decline").click()
        self.sees_no_offer()

    def opens(self, row=0):
        self.interactions.nth(row).get_by_role("link").click()
        expect(self.log).to_be_visible()

    answers = Person.writes

    def has_typed(self, text):
        """This is in the field, unsent, whatever of it is bold."""
        expect(self.box).to_have_text(text, use_inner_text=True)

    def sees_contact(self, text):
        """The panel beside the chat, which a narrow window opens by a button."""
        self.page.get_by_role("button", name="Contact details").click()
        expect(self.page.get_by_role("region", name="Contact")).to_contain_text(text)
        self.page.get_by_role("button", name="Close contact details").click()

    def archives_with(self, code):
        self.page.bring_to_front()  # a hidden tab draws, and so is clicked, slowly
        self.page.get_by_role("button", name="Archive", exact=True).click()
        expect(self.archive_dialog).to_be_visible()
        self.archive_dialog.get_by_role("radio", name=code).first.check()
        self.archive_dialog.get_by_role("button", name="Assign").click()
        expect(self.archive_dialog).to_be_hidden()


def talking(visitor, agent, words="Hello"):
    """Bring the two together: a chat begun and accepted."""
    visitor.starts_chat(words)
    agent.sees_offer()
    agent.accepts()
    agent.reads(words)
    visitor.sees_agent()


def until(condition, page):
    """Wait for what no single locator shows, such as which of two pages comes first."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "It did not happen."
        page.wait_for_timeout(20)


def _plain(markup):
    """Without spaces, and without the mark that lets what has just come appear softly."""
    markup = markup.replace(" entry--live", "")
    return re.sub(r"\s+", " ", markup).strip()
