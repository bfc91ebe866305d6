//! The fast path and the one that reads every file agree.

use super::*;
use crate::header::find;
use crate::rows::read_rows;
use proptest::prelude::*;

/// Reads a text both ways, the fast one in small pieces; what the fast one declines is `None`.
fn both(text: &str, piece: usize) -> (Option<Vec<TickerRows>>, Option<Vec<TickerRows>>) {
    let reading = Reading { ticker: Some("A".to_owned()), own: vec!["own".to_owned()], ..Reading::default() };
    let opened = crate::text::open(text, &reading.names).unwrap();
    let columns = find::find(&opened.headings, &reading, "").unwrap();
    let form = Form { layout: opened.layout, separator: opened.separator, ..Form::default() };
    let (mut fast_form, mut form) = (form.clone(), form);
    let fast = read_pieces(&opened, &columns, &reading, &mut fast_form, piece);
    let all = read_rows(&opened.sheet, columns, &reading, &mut form).ok();
    if fast.is_some() {
        assert_eq!(fast_form, form);
    }
    (fast, all)
}

fn debug(rows: &Option<Vec<TickerRows>>) -> String {
    format!("{rows:?}")
}

#[test]
fn the_common_case_is_read_fast() {
    let text = "date,open,high,low,close,volume,own,name\n2015-01-02,1,3,0.5,2,100,7,b\r\n\r\n2015-01-05,2,4,,NaN,\
        1.5M,x y,b\n";
    let (fast, all) = both(&text.replace("x y", ""), 1);
    assert_eq!(debug(&fast), debug(&all));
    assert_eq!(fast.unwrap()[0].bars.iter().map(|bar| bar.line).collect::<Vec<_>>(), [2, 4]);
    let (fast, all) = both(text, 1);
    assert_eq!((fast, all), (None, None));
}

#[test]
fn what_is_out_of_the_ordinary_is_declined() {
    const HEADER: &str = "date,open,high,low,close,volume,own\n";
    for rows in [
        "\"2015-01-02\",1,3,0.5,2,100,7\n",
        "2015/01/02,1,3,0.5,2,100,7\n",
        "2015-02-30,1,3,0.5,2,100,7\n",
        "2015-01-02,1,3,0.5,2,100\n",
        "2015-01-02,1,3,0.5,2,100,7,\n",
        "2015-01-02,1,3,0.5,2,100,7\r2015-01-05,1,3,0.5,2,100,7\n",
        "#015-01-02,1,3,0.5,2,100,7\n",
        "2015-01-02,1,inf,0.5,2,100,7\n",
        "2015-01-02,1.234.567,3,0.5,2,100,7\n",
        "2015-01-02,1,3,0.5,2,100,",
        "",
    ] {
        let (fast, all) = both(&format!("{HEADER}{rows}"), 1);
        if let Some(fast) = fast {
            assert_eq!(debug(&Some(fast)), debug(&all), "{rows:?}");
        }
    }
    let declined = both(&format!("{HEADER}\"2015-01-02\",1,3,0.5,2,100,7\n"), 1);
    assert!(declined.0.is_none() && declined.1.is_some());
}

proptest! {
    #[test]
    fn both_paths_agree(
        rows in prop::collection::vec(
            prop_oneof![
                8 => ("20(0[0-9]|1[0-9])-(0[1-9]|1[0-2])-[0-2][0-9]", "[0-9]{1,4}(\\.[0-9]{1,9})?", "(AB|cd|\
                    E)", "[0-9]{0,7}|NaN|-"),
                1 => ("[-0-9/# ]{0,10}", "[-0-9.,eM% ]{0,6}", "[a ]{0,2}", "[0-9,.\r]{0,4}"),
            ],
            0..12,
        ),
        clock in "|[ T][0-2][0-9]:[0-5][0-9](:[0-5][0-9])?",
        other_clock in "|[ T][0-2][0-9]:[0-5][0-9](:[0-6][0-9])?",
        ending in "\n|\r\n|\n\n",
        piece in 1_usize..200,
    ) {
        let mut text = "date,open,high,low,close,volume,own,name\n".to_owned();
        for (row, (date, price, name, volume)) in rows.iter().enumerate() {
            // Mostly the same in all rows: dates with a time of day beside others are refused.
            let clock = if row == 7 { &other_clock } else { &clock };
            text.push_str(&format!("{date}{clock},{price},{price},{price},{price},{volume},{volume},{name}{ending}"));
        }
        let (fast, all) = both(&text, piece);
        if fast.is_some() {
            prop_assert_eq!(debug(&fast), debug(&all));
        }
    }
}
