//! The tree of an expression.

use std::fmt;

use crate::function::{Argument, Signature};
use crate::literal::Literal;

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Or,
    And,
    Gt,
    Ge,
    Lt,
    Le,
    Eq,
    Ne,
    Add,
    Sub,
    Mul,
    Div,
    Pow,
}

/// How tightly an operator binds; the higher, the tighter.
pub(crate) mod precedence {
    pub(crate) const OR: u8 = 1;
    pub(crate) const AND: u8 = 2;
    pub(crate) const NOT: u8 = 3;
    pub(crate) const COMPARISON: u8 = 4;
    pub(crate) const SUM: u8 = 5;
    pub(crate) const PRODUCT: u8 = 6;
    pub(crate) const NEGATION: u8 = 7;
    pub(crate) const POWER: u8 = 8;
    pub(crate) const PRIMARY: u8 = 9;
}

impl Operator {
    const ALL: [Self; 13] = [
        Self::Or,
        Self::And,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
        Self::Eq,
        Self::Ne,
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Pow,
    ];

    pub(crate) fn written(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Pow => "**",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.written() == text)
    }

    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::Or => precedence::OR,
            Self::And => precedence::AND,
            Self::Gt | Self::Ge | Self::Lt | Self::Le | Self::Eq | Self::Ne => precedence::COMPARISON,
            Self::Add | Self::Sub => precedence::SUM,
            Self::Mul | Self::Div => precedence::PRODUCT,
            Self::Pow => precedence::POWER,
        }
    }
}

/// A node of an expression's tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Number(Literal),
    Column(Box<str>),
    Negate(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<(Node, Node)>),
    Call(Call),
}

/// A call of a function: the expressions and the literals that it was given, each in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) signature: &'static Signature,
    pub(crate) values: Vec<Node>,
    pub(crate) literals: Vec<Literal>,
}

impl Node {
    /// Returns the operands.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match self {
            Self::Number(_) | Self::Column(_) => Vec::new(),
            Self::Negate(operand) | Self::Not(operand) => vec![operand],
            Self::Binary(_, operands) => vec![&operands.0, &operands.1],
            Self::Call(call) => call.values.iter().collect(),
        }
    }

    fn precedence(&self) -> u8 {
        match self {
            Self::Number(_) | Self::Column(_) | Self::Call(_) => precedence::PRIMARY,
            Self::Negate(_) => precedence::NEGATION,
            Self::Not(_) => precedence::NOT,
            Self::Binary(operator, _) => operator.precedence(),
        }
    }

    /// Writes the node, in parentheses if it binds less tightly than `least`.
    fn write(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.precedence() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(literal) => write!(f, "{literal}"),
            Self::Column(name) => f.write_str(name),
            Self::Negate(operand) => {
                f.write_str("-")?;
                operand.write(f, precedence::NEGATION)
            }
            Self::Not(operand) => {
                f.write_str("not ")?;
                operand.write(f, precedence::NOT)
            }
            Self::Binary(operator, operands) => {
                let own = operator.precedence();
                let (left, right) = match own {
                    precedence::COMPARISON => (own + 1, own + 1),
                    precedence::POWER => (precedence::PRIMARY, precedence::NEGATION),
                    _ => (own, own + 1),
                };
                operands.0.write(f, left)?;
                write!(f, " {} ", operator.written())?;
                operands.1.write(f, right)
            }
            Self::Call(call) => write!(f, "{call}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.signature.name)?;
        let (mut values, mut literals) = (self.values.iter(), self.literals.iter());
        for (place, argument) in self.signature.arguments.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            if *argument == Argument::Value {
                values.next().map_or(Ok(()), |value| write!(f, "{value}"))?;
            } else {
                literals.next().map_or(Ok(()), |literal| write!(f, "{literal}"))?;
            }
        }
        f.write_str(")")
    }
}
