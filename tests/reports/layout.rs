//! Text as Powerpipe lays it out.

use crate::runs::{layout_example, sample_run, text_of};
use ironpipe::report::Format;

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
    assert_eq!(text.trim_end(), WANTED.trim_end(), "{text}");
}

#[test]
fn brief_leaves_out_what_is_fine() {
    let text = text_of(&layout_example(), Format::Brief, 80);
    let wanted: String = WANTED.lines().filter(|l| !l.contains("OK   :")).map(|l| format!("{l}\n")).collect();
    assert_eq!(text.trim_end(), wanted.trim_end());
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
