//! What the figures of a model say.
