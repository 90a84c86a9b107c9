//! Trello's JSON export.
