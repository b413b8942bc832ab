// Converts a VCD file of two-valued signals to FST. The writer knows no unknown values: where a
// signal is unknown it stays what it was.
//
//   fst FROM.vcd TO.fst
//
// Verilator brings the writer; it needs the headers and libraries of LZ4 and zlib.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "fstcpp/fstcpp_variable_info.cpp"
#include "fstcpp/fstcpp_writer.cpp"

namespace {

struct Signal {
    fst::Handle handle;
    std::uint32_t width;
};

class Converter {
  public:
    Converter(std::istream& in, const std::string& path) : in_(in), writer_(path) {}

    bool run() {
        std::string word;
        writer_.setTimecale(-12);
        while (in_ >> word && word != "$enddefinitions") {
            if (word == "$scope") {
                std::string kind, name;
                in_ >> kind >> name;
                writer_.setScope(fst::Hierarchy::ScopeType::VCD_MODULE, name, std::string());
            } else if (word == "$upscope") {
                writer_.upscope();
            } else if (word == "$var") {
                declare();
            }
        }
        while (in_ >> word) {
            if (word[0] == '#') {
                writer_.emitTimeChange(std::strtoull(word.c_str() + 1, nullptr, 10));
            } else if (word[0] == 'b') {
                std::string code;
                in_ >> code;
                change(code, word.substr(1));
            } else if (word[0] == '0' || word[0] == '1' || word[0] == 'x') {
                change(word.substr(1), word.substr(0, 1));
            }
        }
        writer_.close();
        return !signals_.empty();
    }

  private:
    void declare() {
        std::string kind, code, name, range;
        std::uint32_t width = 0;
        in_ >> kind >> width >> code >> name >> range;
        if (range != "$end") {
            name += " " + range;
        }
        const auto known = signals_.find(code);
        const fst::Handle handle = writer_.createVar(
            fst::Hierarchy::VarType::VCD_WIRE, fst::Hierarchy::VarDirection::IMPLICIT, width, name,
            known == signals_.end() ? 0 : known->second.handle);
        signals_.try_emplace(code, Signal{handle, width});
    }

    void change(const std::string& code, std::string bits) {
        const Signal& signal = signals_.at(code);
        if (bits[0] == 'x') {
            return;
        }
        bits.insert(0, signal.width - bits.size(), '0');
        writer_.emitValueChange(signal.handle, bits.c_str());
    }

    std::istream& in_;
    fst::Writer writer_;
    std::unordered_map<std::string, Signal> signals_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "fst FROM.vcd TO.fst\n";
        return 2;
    }
    std::ifstream in(arguments[1]);
    return in && Converter(in, arguments[2]).run() ? 0 : 1;
}
