//! Order and delivery.
