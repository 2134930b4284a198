#![allow(clippy::print_stdout, reason = "the figures are what the bench is for")]

/// What was measured: for each operation and size a pair for each round, of the store and of the bare table.
#[derive(Default)]
pub(crate) struct Table(Vec<(&'static str, Vec<Column>)>);

struct Column {
    size: usize,
    of_store: Vec<f64>,
    of_bare: Vec<f64>,
}

impl Table {
    /// Notes what one operation cost in both, in nanoseconds.
    pub(crate) fn note(&mut self, name: &'static str, size: usize, (of_store, of_bare): (f64, f64)) {
        let row = self.0.iter().position(|(other, _)| *other == name).unwrap_or_else(|| {
            self.0.push((name, Vec::new()));
            self.0.len() - 1
        });
        let columns = &mut self.0[row].1;
        if columns.last().is_none_or(|column| column.size != size) {
            columns.push(Column { size, of_store: Vec::new(), of_bare: Vec::new() });
        }
        if let Some(column) = columns.last_mut() {
            column.of_store.push(of_store);
            column.of_bare.push(of_bare);
        }
    }

    pub(crate) fn print(&self, sizes: &[usize]) {
        self.block("microseconds per operation, by entries stored", sizes, |column| {
            median(column.of_store.iter().copied()) / 1e3
        });
        self.block("the same of the bare table", sizes, |column| {
            median(column.of_bare.iter().copied()) / 1e3
        });
        self.block("the store's cost in the bare table's", sizes, |column| {
            median(column.of_store.iter().zip(&column.of_bare).map(|(store, bare)| store / bare))
        });
        println!("growth from {} to {} entries: store, bare table", sizes[0], sizes[sizes.len() - 1]);
        for (name, columns) in &self.0 {
            let (first, last) = (&columns[0], &columns[columns.len() - 1]);
            let growth = |of: fn(&Column) -> &Vec<f64>| {
                median(of(last).iter().copied()) / median(of(first).iter().copied())
            };
            println!("{name:<30}{:>12.2}{:>12.2}", growth(|c| &c.of_store), growth(|c| &c.of_bare));
        }
    }

    fn block(&self, title: &str, sizes: &[usize], figure: impl Fn(&Column) -> f64) {
        print!("{title:<50}");
        for size in sizes {
            print!("{size:>12}");
        }
        println!();
        for (name, columns) in &self.0 {
            print!("{name:<50}");
            for column in columns {
                print!("{:>12.2}", figure(column));
            }
            println!();
        }
        println!();
    }
}

pub(crate) fn float(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure has three digits")]
    let float = number as f64;
    float
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = figures.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
