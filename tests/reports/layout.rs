//! Text as Powerpipe lays it out.

use crate::runs::{control, layout_example, leaf, run, sample_run, text_of};
use ironpipe::model::status::Status;
use ironpipe::report::{Format, Measure, RenderOptions, render};
use unicode_width::UnicodeWidthStr;

/// Powerpipe's own layout of the same results at 80 columns.
const WANTED: &str = "
CIS demo .................................................... 2 / 3 [==========]
| 
+ 1 Identity ................................................ 2 / 3 [==========]
| | 
| + 1.13 Ensure MFA is enabled for all users ........... HIGH 1 / 2 [=======   ]
| | | 
| | ALARM: bob MFA device not configured. ......................... 111111111111
| | OK   : alice MFA device configured. ........................... 111111111111
| | 
| + 1.14 Ensure access keys are rotated ..................... 1 / 1 [====      ]
|   
|   ERROR: no such column: key_age
|   
+ 2 Storage ................................................. 0 / 0 [          ]
  | 
  + 2.1 Empty control ....................................... 0 / 0 [          ]
    
Summary

OK .............................................................. 1 [====      ]
SKIP ............................................................ 0 [          ]
INFO ............................................................ 0 [          ]
ALARM ........................................................... 1 [====      ]
ERROR ........................................................... 1 [====      ]

HIGH ........................................................ 1 / 2 [=======   ]

TOTAL ....................................................... 2 / 3 [==========]
";

#[test]
fn the_tree_at_80_columns() {
    let text = text_of(&layout_example(), Format::Text, 80);
    assert_eq!(text, WANTED, "{text}");
}

#[test]
fn brief_leaves_out_what_is_fine() {
    let text = text_of(&layout_example(), Format::Brief, 80);
    let wanted: String = WANTED.lines().filter(|l| !l.contains("OK   :")).map(|l| format!("{l}\n")).collect();
    assert_eq!(text, wanted);
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for width in [60, 61, 79, 80, 99, 120, 160, 200] {
        for run in [layout_example(), sample_run()] {
            let text = text_of(&run, Format::Text, width);
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_dry_run_has_headings_only() {
    let mut dry = layout_example();
    dry.dry_run = true;
    let text = text_of(&dry, Format::Text, 80);
    assert!(text.ends_with("  + 2.1 Empty control\n    \n\n"), "{text:?}");
}

/// Lines with letters that take two columns end where the others do.
#[test]
fn wide_letters_take_two_columns() {
    let rows: &[(Status, &str, &str, &[&str])] = &[
        (Status::Alarm, "漢字漢字漢字 has no MFA ❌", "a", &["漢字"]),
        (Status::Ok, "e\u{301}te\u{301} has MFA", "b", &["ete"]),
    ];
    let users = control("users", "漢字 users", "", &["name"], rows);
    let run = run("Wide", vec![leaf("users")], vec![users]);
    let text = text_of(&run, Format::Text, 60);
    let widths: Vec<usize> = text.lines().map(UnicodeWidthStr::width).filter(|w| *w > 10).collect();
    assert!(widths.iter().all(|w| *w == 60), "{widths:?}\n{text}");
    // Under Powerpipe's own variable they count as Powerpipe counts them.
    let options = RenderOptions { width: 60, measure: Measure::CodePoints, ..RenderOptions::default() };
    let mut out = Vec::new();
    render(&run, Format::Text, &options, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let counts: Vec<usize> = text.lines().map(|l| l.chars().count()).filter(|w| *w > 10).collect();
    assert!(counts.iter().all(|w| *w == 60), "{counts:?}\n{text}");
}

#[test]
fn an_empty_dimension_leaves_no_gap() {
    let rows: &[(Status, &str, &str, &[&str])] = &[(Status::Ok, "fine", "r", &["", "eu", "  ", "x"])];
    let run = run("Gap", vec![leaf("gap")], vec![control("gap", "Gap", "", &["a", "b", "c", "d"], rows)]);
    let text = text_of(&run, Format::Text, 60);
    let line = text.lines().find(|l| l.contains("OK   :")).unwrap();
    assert!(line.len() == 60 && line.ends_with(". eu x"), "{line}");
}
