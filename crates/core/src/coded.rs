//! Closed sets of codes: each has a text that documents spell, and a sentence that says what it
//! means.

/// Makes an enum whose variants are stable codes: `Variant "text" "What it means."`.
///
/// It has `ALL`, `as_str`, `sentence`, [`Display`](std::fmt::Display) and
/// [`FromStr`](std::str::FromStr), and is its text in JSON. With `-> column: Type` after its name,
/// each row goes on with `=> value`, which the method of that name gives.
#[macro_export]
macro_rules! coded {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($variant:ident $text:literal $sentence:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        $visibility enum $name {
            $(#[doc = $sentence] #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every one, in the order of the table.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The text that documents spell.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What it means.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::NotACode;

            fn from_str(text: &str) -> Result<Self, $crate::NotACode> {
                let mut all = Self::ALL.into_iter();
                all.find(|code| code.as_str() == text).ok_or_else(|| $crate::NotACode {
                    text: text.into(),
                    set: stringify!($name),
                })
            }
        }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident -> $column:ident: $type:ty {
            $($variant:ident $text:literal $sentence:literal => $row:expr),+ $(,)?
        }
    ) => {
        $crate::coded! {
            $(#[$meta])*
            $visibility enum $name { $($variant $text $sentence),+ }
        }

        impl $name {
            /// The rest of its row.
            #[must_use]
            pub const fn $column(self) -> $type {
                match self { $(Self::$variant => const { $row }),+ }
            }
        }
    };
}

/// A text that is none of a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {set}")]
pub struct NotACode {
    /// The text.
    pub text: Box<str>,
    /// The set, as the code names it.
    pub set: &'static str,
}

#[cfg(test)]
mod tests {
    coded! {
        /// Where a step may lead.
        enum Direction -> degrees: u16 {
            Up "up" "Away from the ground." => 90,
            Down "down-there" "Towards the ground." => 270,
        }
    }

    #[test]
    fn a_code_is_its_text_everywhere() {
        assert_eq!(Direction::ALL, [Direction::Up, Direction::Down]);
        for code in Direction::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(code.to_string().parse(), Ok(code));
        }
        assert_eq!(format!("{:>6}", Direction::Up), "    up");
        assert_eq!(Direction::Down.sentence(), "Towards the ground.");
        assert_eq!(Direction::Down.degrees(), 270);
    }

    #[test]
    fn another_text_is_refused_by_name() {
        let error = "sideways".parse::<Direction>().unwrap_err();
        assert_eq!(error.to_string(), "`sideways` is no Direction");
        assert!(serde_json::from_str::<Direction>(r#""Up""#).is_err());
    }
}
