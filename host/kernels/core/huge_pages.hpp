// Huge pages of engines' states: reserved ones, where they are asked for.
#pragma once

namespace hydrophone {

// Whether states that are made from now on lie on reserved huge pages, as long as some are free;
// else they lie on transparent ones, where the system has them.
void reserve_huge_pages(bool reserve);

}  // namespace hydrophone
