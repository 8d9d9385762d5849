"""Files in both directions: uploads, storage, downloads."""
