//! Digests.

use artifact_core::Digest;

#[test]
fn digests_round_trip_as_text() {
    let digest = Digest::of(b"abc");
    // FIPS 180-2, appendix B.1.
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest.to_string(), text);
    assert_eq!(text.parse(), Ok(digest));
    assert_eq!(digest.short(), "ba7816bf8f01");
}

#[test]
fn malformed_digests_are_refused() {
    for bad in ["", "ba78", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
        assert!(bad.parse::<Digest>().is_err(), "{bad}");
    }
}
