//! Collects AWS data into the inventory with as few calls as the API allows.
