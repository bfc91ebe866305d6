//! Formulas read into trees, by recursive descent: one function per rule of the grammar.

use crate::expressions::error::ExpressionError;
use crate::expressions::functions::{Function, MOST_ROWS};
use crate::expressions::row::{Comparison, Join};
use crate::expressions::tokens::{Placed, Token, tokens};
use crate::expressions::tree::{Call, Node, Tree};

const MOST_CHARACTERS: usize = 16_384;
const DEEPEST: usize = 128;

const OPERATORS: [&str; 3] = ["and", "or", "not"];
const COMPARISONS: [(&str, Comparison); 6] = [
    (">", Comparison::Greater),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
];
const TERMS: [(&str, Join); 2] = [("+", Join::Add), ("-", Join::Subtract)];
const FACTORS: [(&str, Join); 2] = [("*", Join::Multiply), ("/", Join::Divide)];

type Parsed = Result<Tree, ExpressionError>;

/// Reads a formula.
pub(crate) fn parse(formula: &str) -> Parsed {
    let characters = formula.chars().count();
    if characters > MOST_CHARACTERS {
        return Err(ExpressionError::Syntax {
            position: MOST_CHARACTERS + 1,
            found: format!("a formula of {characters} characters"),
            expected: format!("at most {MOST_CHARACTERS}; split it into several features"),
        });
    }
    let mut parser = Parser { tokens: tokens(formula)?, next: 0, depth: 0, nodes: 0 };
    let tree = parser.expression()?;
    match parser.token() {
        Token::End => Ok(tree),
        _ => Err(parser.fault("an operator or the end")),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    /// The place of the next token.
    next: usize,
    /// How deep the next token is nested.
    depth: usize,
    /// How many nodes there are already.
    nodes: usize,
}

impl Parser {
    fn expression(&mut self) -> Parsed {
        self.any()
    }

    fn any(&mut self) -> Parsed {
        self.operands("or", Self::all, Node::Any)
    }

    fn all(&mut self) -> Parsed {
        self.operands("and", Self::not, Node::All)
    }

    fn operands(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Parsed,
        node: fn(Vec<Tree>) -> Node,
    ) -> Parsed {
        let first = operand(self)?;
        let mut all = vec![first];
        while self.take_word(word) {
            all.push(operand(self)?);
        }
        match all.pop() {
            Some(only) if all.is_empty() => Ok(only),
            last => {
                all.extend(last);
                Ok(self.tree(node(all)))
            }
        }
    }

    fn not(&mut self) -> Parsed {
        if !self.take_word("not") {
            return self.comparison();
        }
        let operand = self.nested(Self::not)?;
        Ok(self.tree(Node::Not(Box::new(operand))))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let Some(comparison) = self.take(&COMPARISONS) else { return Ok(left) };
        let right = self.sum()?;
        if self.sees(&COMPARISONS).is_some() {
            return Err(self.fault("no second comparison; join two with `and`"));
        }
        Ok(self.tree(Node::Compare(comparison, Box::new([left, right]))))
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&TERMS, Self::product)
    }

    fn product(&mut self) -> Parsed {
        self.chain(&FACTORS, Self::unary)
    }

    fn chain(&mut self, joins: &[(&str, Join)], operand: fn(&mut Self) -> Parsed) -> Parsed {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some(join) = self.take(joins) {
            rest.push((join, operand(self)?));
        }
        if rest.is_empty() { Ok(first) } else { Ok(self.tree(Node::Chain(Box::new(first), rest))) }
    }

    fn unary(&mut self) -> Parsed {
        if self.take_symbol("+") {
            return self.nested(Self::unary);
        }
        if !self.take_symbol("-") {
            return self.power();
        }
        let operand = self.nested(Self::unary)?;
        Ok(self.tree(Node::Negate(Box::new(operand))))
    }

    fn power(&mut self) -> Parsed {
        let base = self.primary()?;
        if !self.take_symbol("**") {
            return Ok(base);
        }
        let exponent = self.nested(Self::unary)?;
        Ok(self.tree(Node::Power(Box::new([base, exponent]))))
    }

    fn primary(&mut self) -> Parsed {
        match self.token().clone() {
            Token::Number(text) => {
                let number = self.number(&text)?;
                self.next += 1;
                Ok(self.tree(Node::Number(number)))
            }
            Token::Name(name) if OPERATORS.contains(&name.as_str()) => Err(self.fault("a value")),
            Token::Name(name) => self.named(name),
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.nested(Self::expression)?;
                self.symbol(")", "an operator or `)`")?;
                Ok(inner)
            }
            _ => Err(self.fault("a value")),
        }
    }

    /// A column or a call.
    fn named(&mut self, name: String) -> Parsed {
        let opens = self.tokens.get(self.next + 1).is_some_and(|after| after.token == Token::Symbol("("));
        match (Function::named(&name), opens) {
            (Some(function), true) => {
                self.next += 2;
                self.nested(|parser| parser.call(function))
            }
            (Some(function), false) => {
                Err(self.fault(&format!("a column; `{0}` is a function: `{0}(`", function.name)))
            }
            (None, true) => Err(self.fault("a function")),
            (None, false) => {
                self.next += 1;
                Ok(self.tree(Node::Column(name)))
            }
        }
    }

    /// The arguments of a function, and the closing parenthesis.
    fn call(&mut self, function: &'static Function) -> Parsed {
        let mut call = Call { function, expressions: Vec::new(), counts: Vec::new(), number: f64::NAN };
        for argument in 0..function.arguments() {
            if argument > 0 {
                let expected = format!("`,`: `{}` takes {} arguments", function.name, function.arguments());
                self.symbol(",", &expected)?;
            }
            if argument < function.expressions {
                call.expressions.push(self.expression()?);
            } else if argument < function.expressions + function.counts.len() {
                let count = self.count(function, &call.counts)?;
                call.counts.push(count);
            } else {
                call.number = self.literal(function)?;
            }
        }
        let expected = format!("`)`: `{}` takes {} arguments", function.name, function.arguments());
        self.symbol(")", &expected)?;
        Ok(self.tree(Node::Call(call)))
    }

    /// The next whole number of a function.
    fn count(&mut self, function: &Function, before: &[usize]) -> Result<usize, ExpressionError> {
        let mut least = function.counts[before.len()];
        if let (true, &[first]) = (function.ascending, before) {
            least = least.max(first + 1);
        }
        let written = match self.token() {
            Token::Number(text) if text.chars().all(|c| c.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        };
        match written.filter(|count| (least..=MOST_ROWS).contains(count)) {
            Some(count) => {
                self.next += 1;
                Ok(count)
            }
            None => Err(self.fault(&format!("a whole number from {least} to {MOST_ROWS}, in digits alone"))),
        }
    }

    /// The other number of a function.
    fn literal(&mut self, function: &Function) -> Result<f64, ExpressionError> {
        let Some(range) = function.number else { return Ok(f64::NAN) };
        let written = match self.token().clone() {
            Token::Number(text) => Some(self.number(&text)?),
            _ => None,
        };
        match written.filter(|number| range.holds(*number)) {
            Some(number) => {
                self.next += 1;
                Ok(number)
            }
            None => Err(self.fault(range.words())),
        }
    }

    fn number(&self, text: &str) -> Result<f64, ExpressionError> {
        text.parse().map_err(|_| self.fault("a number"))
    }

    /// What stands one level deeper.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEEPEST {
            return Err(
                self.fault(&format!("at most {DEEPEST} levels; split the formula into several features"))
            );
        }
        self.depth += 1;
        let tree = inner(self)?;
        self.depth -= 1;
        Ok(tree)
    }

    fn tree(&mut self, node: Node) -> Tree {
        self.nodes += 1;
        Tree { id: self.nodes - 1, node }
    }

    fn token(&self) -> &Token {
        // The last token is the end, which nothing takes.
        &self.tokens[self.next].token
    }

    fn sees<T: Copy>(&self, symbols: &[(&str, T)]) -> Option<T> {
        let Token::Symbol(next) = self.token() else { return None };
        symbols.iter().find(|(symbol, _)| symbol == next).map(|(_, meaning)| *meaning)
    }

    fn take<T: Copy>(&mut self, symbols: &[(&str, T)]) -> Option<T> {
        let seen = self.sees(symbols);
        self.next += usize::from(seen.is_some());
        seen
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        self.take(&[(symbol, ())]).is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let seen = matches!(self.token(), Token::Name(name) if name == word);
        self.next += usize::from(seen);
        seen
    }

    fn symbol(&mut self, symbol: &str, expected: &str) -> Result<(), ExpressionError> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.fault(expected)) }
    }

    fn fault(&self, expected: &str) -> ExpressionError {
        let Placed { position, token } = &self.tokens[self.next];
        ExpressionError::Syntax {
            position: *position,
            found: token.to_string(),
            expected: expected.to_owned(),
        }
    }
}
