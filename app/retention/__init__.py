"""What is removed for good: old chats, and everything of a person who asks for it."""
