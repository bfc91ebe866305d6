//! Daily returns.

use artifact_core::schema::DailyReturns;

#[test]
fn blobs_come_back_and_broken_ones_do_not() {
    let returns = DailyReturns { values: vec![0.0, -0.25, 1e-300] };
    let bytes = returns.to_bytes();
    assert_eq!(bytes[8..16], [0, 0, 0, 0, 0, 0, 0xd0, 0xbf]);
    assert_eq!(DailyReturns::from_bytes(&bytes).unwrap(), returns);
    let refused = |bytes: &[u8]| DailyReturns::from_bytes(bytes).unwrap_err().to_string();
    assert!(refused(&bytes[1..]).contains("23 bytes, expected 64-bit floats"));
    let broken = DailyReturns { values: vec![0.0, f64::NAN] };
    assert!(refused(&broken.to_bytes()).contains("NaN in row 1"));
}

#[test]
fn sharpe_ratios_by_hand() {
    let sharpe = |values: &[f64]| DailyReturns { values: values.into() }.sharpe();
    assert_eq!(sharpe(&[0.5, 1.5]), Some(2.0));
    for undefined in [&[] as &[f64], &[0.5], &[0.1; 9], &[1e-300, 2e-300]] {
        assert_eq!(sharpe(undefined), None);
    }
}
